// How far an import is, told by the server; at its end the page says what it came to.
import { follow } from "./feeds.js";

const part = document.querySelector("[data-import]");

function show({ id, state, done, rows }) {
  if (id !== part.dataset.import) return;
  if (state !== "checking" && state !== "writing") {
    location.replace(location.pathname);
    return;
  }
  part.querySelector("progress").value = done;
  part.querySelector("[role=status]").textContent = part.dataset.text.replace("{done}", done).replace("{rows}", rows);
}

// What was told before the stream opened is on the page that is asked for then.
async function look() {
  const page = await fetch(location.pathname).then((response) => response.text());
  if (!new DOMParser().parseFromString(page, "text/html").querySelector("[data-import]")) location.replace(location.pathname);
}

if (part) follow("imports", (entries) => { for (const { data } of entries) show(data); }, look);
