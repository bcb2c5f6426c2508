// How much of a form has been sent, where that takes a while, and a way to stop it.
import { size } from "./sizes.js";

document.addEventListener("htmx:beforeSend", ({ detail: { elt: form, xhr } }) => {
  const part = form.querySelector("form > [data-sending], form > footer > [data-sending]");
  if (!part) return;
  const bar = part.querySelector("progress");
  const text = part.querySelector("[data-sent]");
  const stop = part.querySelector("button");
  xhr.upload.addEventListener("progress", ({ loaded, total }) => {
    if (part.hidden && loaded === total) return; // it went at once
    part.hidden = false;
    [bar.max, bar.value] = [total, loaded];
    text.textContent = text.dataset.sent.replace("{done}", size(loaded)).replace("{total}", size(total));
  });
  xhr.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    text.textContent = text.dataset.stores;
  });
  stop.addEventListener("click", () => xhr.abort(), { once: true });
  xhr.addEventListener("loadend", () => {
    const hadFocus = part.contains(document.activeElement);
    part.hidden = true;
    if (hadFocus) form.querySelector(".primary")?.focus();
  });
});
