// Loads what a form of a record needs when there is one; cards and previews with the first that somebody wants.
import { addSheet } from "./sheets.js";

const sheetOf = (name) => new URL(`form/${name}.css`, import.meta.url).href;

async function enhance() {
  for (const time of document.querySelectorAll("time[data-local-time]")) showLocally(time);
  if (!document.getElementById("record-form")) return;
  addSheet(sheetOf("widgets"));
  const { begin } = await import("./form/form.js");
  await begin();
}

function showLocally(time) {
  delete time.dataset.localTime;
  const moment = new Date(time.dateTime.replace(" ", "T"));
  if (Number.isNaN(moment.getTime())) return;
  const two = (number) => String(number).padStart(2, "0");
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  time.textContent = `${day} ${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-preview]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  event.preventDefault();
  addSheet(sheetOf("widgets"));
  const { preview } = await import("./form/preview.js");
  preview(link);
});
for (const name of ["pointerover", "focusin"])
  document.addEventListener(name, async ({ target }) => {
    const link = target.closest?.("a.chip.relation, .chosen:has([data-card])");
    if (!link) return;
    addSheet(sheetOf("widgets"));
    const { showCard } = await import("./form/cards.js");
    showCard(link);
  });
document.addEventListener("htmx:afterSettle", async () => {
  await enhance();
  // What had the focus may have got something else in its place.
  if (document.activeElement === document.body) document.getElementById("panel")?.focus({ preventScroll: true });
});
addSheet(sheetOf("form")); // before somebody opens a record
enhance();
