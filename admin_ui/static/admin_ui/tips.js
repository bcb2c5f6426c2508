// Tips: what a `title` says, in our clothes, for the keyboard too, and with several lines where it has them.
import { addSheet } from "./sheets.js";

const SHOW_MILLISECONDS = 450;

addSheet(new URL("tips.css", import.meta.url).href);

let timer = 0;
let owner = null;
const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("aria-hidden", "true"); // readers hear the description of what it is about

export function show(target) {
  const part = target.closest("[title], [data-tip]");
  if (!part || part === owner) return;
  hide();
  const text = part.getAttribute("title") || part.dataset.tip;
  if (part.hasAttribute("title")) {
    // Or the browser would show its own beside ours.
    part.dataset.tip = text;
    part.removeAttribute("title");
    const isNamed = part.hasAttribute("aria-label") || part.textContent.trim() !== "";
    if (!isNamed) part.setAttribute("aria-label", text);
    else if (part.getAttribute("aria-label") !== text) part.setAttribute("aria-description", text);
  }
  owner = part;
  timer = setTimeout(() => {
    if (!part.isConnected) return;
    tip.textContent = text;
    tip.classList.toggle("is-code", /[\n{]/.test(text));
    (part.closest("dialog[open]") ?? document.body).append(tip);
    place(part);
  }, SHOW_MILLISECONDS);
}

function place(part) {
  const at = part.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const above = at.top - height - 6;
  tip.style.top = `${above < 8 ? at.bottom + 6 : above}px`;
  tip.style.left = `${Math.max(Math.min(at.left + (at.width - width) / 2, innerWidth - width - 8), 8)}px`;
}

function hide() {
  clearTimeout(timer);
  tip.remove();
  owner = null;
}

for (const name of ["pointerover", "focusin"])
  document.addEventListener(name, ({ target }) => { if (owner && !owner.contains(target)) hide(); }, true);
for (const name of ["pointerdown", "keydown", "scroll", "htmx:beforeSwap"]) document.addEventListener(name, hide, true);
document.addEventListener("pointerleave", hide);
