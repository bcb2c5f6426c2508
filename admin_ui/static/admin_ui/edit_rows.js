// Rows as forms: marks those that somebody changed, counts them, and asks before they are lost.

const form = document.getElementById("rows-form");
const counter = form.querySelector(".changes");
let isSent = false;

const value = (control) => (control.type === "checkbox" ? String(control.checked) : control.value);
const controls = (row) => [...row.querySelectorAll("td > :is(input:not([type=hidden]), select)")];
const before = new Map([...form.querySelectorAll("tbody tr")].map((row) => [row, controls(row).map(value)]));
const isChanged = (row) => controls(row).some((control, at) => value(control) !== before.get(row)[at]);

function count() {
  let changed = 0;
  for (const row of before.keys()) {
    const is = isChanged(row);
    row.classList.toggle("is-changed", is);
    changed += is;
  }
  counter.hidden = !changed;
  const text = changed === 1 ? counter.dataset.one : counter.dataset.more.replace("{count}", changed);
  counter.lastElementChild.textContent = text;
  return changed;
}

form.addEventListener("input", count);
form.addEventListener("submit", () => { isSent = true; });
addEventListener("beforeunload", (event) => {
  if (!isSent && (count() || "isChanged" in form.dataset)) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    form.requestSubmit();
  }
});
count();
