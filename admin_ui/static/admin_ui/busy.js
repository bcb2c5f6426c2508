// A button whose form is on its way says so, and is not pressed twice.

addEventListener("submit", (event) => {
  const { submitter: button, target: form } = event;
  // htmx, and what answers with a file, leave the page where it is.
  if (event.defaultPrevented || !button || form.method === "dialog" || "downloads" in button.dataset) return;
  // Later: what is disabled is not sent.
  setTimeout(() => {
    button.disabled = true;
    button.ariaBusy = "true";
  });
});

// A page that comes back with the Back button is as it was left.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) {
    button.disabled = false;
    button.ariaBusy = null;
  }
});
