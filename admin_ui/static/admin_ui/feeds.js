// Follows a live feed of the server (docs/reference/feeds.md) for as long as the page is there.

// `heard(entries, dropped)` gets what came together, oldest first: `[{ event, data }]`, and how many more there
// were. `opened` is called when the stream begins, or begins again: before that, something may have been missed.
// Returns what ends it.
export function follow(channel, heard, opened = () => {}) {
  const source = new EventSource(new URL(`../../live-feeds/${channel}`, import.meta.url));
  source.addEventListener("message", (event) => {
    const { entries, dropped } = JSON.parse(event.data);
    heard(entries, dropped);
  });
  for (const name of ["stream-open", "stream-reset"]) source.addEventListener(name, opened);
  return () => source.close();
}
