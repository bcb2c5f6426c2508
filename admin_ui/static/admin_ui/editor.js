// The form of a tab of a collection's editor: what changed, what would be lost, saving by keys.
//
// What counts as one change is an element with `data-part`. It has `data-is-changed` when the server shows it as it
// was sent, and not as it is stored; a script that changes more than inputs sets `data-is-new` or `data-is-moved`
// there, and fires `change`. Words are the markup's.
import { copy, toast } from "./notices.js";

const form = document.getElementById("editor-form");
const told = form?.querySelector("[data-changes]");
let isSaving = false;

export function isChanged(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control instanceof HTMLSelectElement)
    return [...control.options].some((one) => one.selected !== one.defaultSelected);
  return control.type !== "hidden" && control.value !== control.defaultValue;
}

const controlsOf = (part) => [...part.querySelectorAll("input[name], textarea[name], select[name]")].filter((one) => one.closest("[data-part]") === part);

export function changedParts() {
  return [...(form?.querySelectorAll("[data-part]") ?? [])].filter((part) => {
    const is = part.matches("[data-is-new], [data-is-moved], [data-is-changed]") || controlsOf(part).some(isChanged);
    part.classList.toggle("changed", is);
    return is;
  });
}

export function tell() {
  if (!told) return;
  const count = changedParts().length;
  told.hidden = count === 0;
  told.querySelector("[data-count]").textContent =
    count === 1 ? told.dataset.one : told.dataset.many.replace("{count}", count);
  for (const button of form.querySelectorAll("[data-resets]")) button.hidden = count === 0;
  for (const button of form.querySelectorAll("[data-saves]")) button.disabled = count === 0 && !("isNew" in form.dataset);
  form.dispatchEvent(new Event("told"));
}

if (told) {
  for (const type of ["input", "change"]) form.addEventListener(type, tell);
  // Rows that were added, moved or taken away are not what a browser puts back.
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    isSaving = true;
    location.replace(location.href);  // asks anew, also where the page was the answer to a form
  });
  addEventListener("beforeunload", (event) => { if (changedParts().length && !isSaving) event.preventDefault(); });
  tell();
  document.getElementById("problem")?.focus();
}

// While something is under way, nothing else begins; coming back by the browser's history begins anew.
for (const one of document.querySelectorAll("#editor-form, #review-form"))
  one.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    isSaving = true;
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(() => { one.inert = true; });
  });
addEventListener("pageshow", () => {
  isSaving = false;
  for (const one of document.querySelectorAll("#editor-form, #review-form")) one.inert = false;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});

document.querySelector("#review-form .review-list")?.focus();

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
  const button = [...document.querySelectorAll("#editor-form [data-saves], #review-form [data-saves]")].at(-1);
  if (!button || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  if (!button.disabled) button.click();
});

// A link whose answer is a text to copy; without a script it is opened.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-copies-from]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  link.closest("details").open = false;
  const response = await fetch(link.href).catch(() => null);
  if (response?.ok && !response.redirected) copy(await response.text(), link.dataset.what);
  else toast(link.textContent, "error");
});
