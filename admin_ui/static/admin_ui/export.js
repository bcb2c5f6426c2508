// What is chosen is shown at once; a range is chosen with Shift, and the JSON can be copied.
import { copy } from "./notices.js";

const form = document.getElementById("export-form");
const all = form.querySelector("[data-selects-all]");
const boxes = [...form.querySelectorAll("[name=ids]")];
const copying = document.querySelector("[data-copies-export]");
let last = null;
let asked = 0;

async function show() {
  const mine = (asked += 1);
  markAll();
  const body = new FormData(form);
  const response = await fetch(location.href, { method: "POST", body }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const text = await response.text();
  if (mine !== asked) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const id of ["export-text", "export-count"])
    document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
}

function markAll() {
  const chosen = boxes.filter((box) => box.checked).length;
  const box = all.querySelector("input");
  box.checked = chosen === boxes.length;
  box.indeterminate = chosen > 0 && chosen < boxes.length;
}

form.addEventListener("click", (event) => {
  const at = boxes.indexOf(event.target);
  if (at < 0) return;
  const from = event.shiftKey && last !== null ? last : at;
  for (const box of boxes.slice(Math.min(from, at), Math.max(from, at) + 1)) box.checked = event.target.checked;
  last = at;
});
form.addEventListener("change", ({ target }) => {
  if (all.contains(target)) for (const box of boxes) box.checked = target.checked;
  show();
});
copying.addEventListener("click", () => copy(document.getElementById("export-text").textContent, copying.dataset.what));

all.hidden = copying.hidden = false;
markAll();
