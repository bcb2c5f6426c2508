// The form of a record: what changed, what would be lost, saving by a key, and the parts that its inputs need.
//
// Listeners are the document's: forms come and go, and one may stand behind another (inside.js).
const byId = (id) => document.getElementById(id);
export const form = () => byId("record-form");

// Each part is fetched with the first form that has something for it; `begin(form)` once for each form.
const PARTS = [
  ["[data-date], [data-json], [data-counts-to], [data-asks], [data-makes-password]", () => import("./lines.js")],
  ["[data-choice]", () => import("./choices.js")],
  ["[data-relation]", () => import("./relations.js")],
  ["[data-files]", () => import("./files.js")],
  ["[data-sortable]", () => import("./order.js")],
];
// They bring libraries along, and nobody waits for them.
const LARGE = [
  ["[data-rich]", () => import("./rich_text.js")],
  ["[data-map]", () => import("./map.js")],
];

export async function begin() {
  const here = form();
  if (!here || here.dataset.isReady !== undefined) return;
  here.dataset.isReady = "";
  const draft = byId("draft") ? import("./draft.js") : null;
  const parts = PARTS.filter(([needed]) => here.querySelector(needed)).map(([, load]) => load());
  for (const part of await Promise.all(parts)) part.begin(here);
  here.dataset.isReady = "true";
  (await draft)?.begin(here);
  tell();
  for (const [needed, load] of LARGE) {
    const part = here.querySelector(needed) && (await load());
    if (part && here.isConnected) part.begin(here); // it may have been closed meanwhile
  }
}

// What stands in a field has changed without somebody typing: after a reset, or when a draft is restored.
export function renew(field, isReset = false) {
  field.dispatchEvent(new CustomEvent("form:renewed", { bubbles: true, detail: { isReset } }));
}

// --- what changed ---------------------------------------------------------------------------------------

const CONTROLS = "input[name]:not([name^='was.'], [name^='place.'], [name^='kept.']), textarea[name], select[name]";

function isChanged(control) {
  if (control.dataset.was !== undefined) return control.value !== control.dataset.was;
  if (control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.type === "file") return control.files.length > 0;
  if (control instanceof HTMLSelectElement) return [...control.options].some((one) => one.selected !== one.defaultSelected);
  return control.value !== control.defaultValue;
}

export function changedFields(here = form()) {
  const fields = [...(here?.querySelectorAll(".form-grid > .field") ?? [])];
  return fields.filter((field) => {
    const is = [...field.querySelectorAll(CONTROLS)].some(isChanged) || field.querySelector("[data-is-moved]") !== null;
    field.classList.toggle("is-changed", is);
    return is;
  });
}

export const hasChanges = (here) => changedFields(here).length > 0 || here.hasAttribute("data-is-changed");

export function tell() {
  const here = form();
  if (!here?.querySelector(".save-bar")) return;
  const count = changedFields().length;
  const told = here.querySelector(".changes");
  const { oneChange, changes } = here.dataset;
  told.hidden = count === 0;
  told.querySelector("[data-counts-changes]").textContent = count === 1 ? oneChange : changes.replace("{count}", count);
  here.querySelector("button[type=reset]").hidden = count === 0;
  here.dispatchEvent(new CustomEvent("form:told", { bubbles: true }));
}

// Forms that wait behind the one that is seen.
export const behind = [];
const isUnsaved = () => [form(), ...behind].some((here) => here && hasChanges(here));
let isSaving = false;

// --- not losing it --------------------------------------------------------------------------------------

// Asks whether the changes may go.
export function mayLeave() {
  const dialog = byId("leave");
  dialog.returnValue = "stay";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const may = dialog.returnValue === "go";
      if (may) form()?.dispatchEvent(new CustomEvent("form:discarded", { bubbles: true }));
      resolve(may);
    }, { once: true });
  });
}

addEventListener("beforeunload", (event) => { if (isUnsaved() && !isSaving) event.preventDefault(); });
document.addEventListener("htmx:confirm", (event) => {
  const { elt, target } = event.detail;
  const leaves = ["panel", "content"].includes(target?.id) && elt !== form() && !elt.closest("#count");
  if (!leaves || !isUnsaved()) return;
  event.preventDefault();
  mayLeave().then((may) => { if (may) event.detail.issueRequest(true); });
});
document.addEventListener("submit", (event) => { if (event.target === form()) isSaving = true; }, true);
document.addEventListener("htmx:afterRequest", () => { isSaving = false; });

// --- listening ------------------------------------------------------------------------------------------

for (const name of ["input", "change"])
  document.addEventListener(name, ({ target }) => {
    if (!target.closest?.("#record-form")) return;
    // What is corrected is not wrong any more, as far as this page knows.
    const field = target.closest(".field");
    field?.querySelector(":scope > .field-error[id]")?.remove();
    for (const wrong of field?.querySelectorAll("[aria-invalid=true]:not([data-json])") ?? []) wrong.removeAttribute("aria-invalid");
    tell();
  });
document.addEventListener("reset", ({ target }) => {
  if (target !== form()) return;
  setTimeout(() => {
    for (const field of target.querySelectorAll(".form-grid > .field")) renew(field, true);
    tell();
  });
});
document.addEventListener("keydown", (event) => {
  const here = form();
  if (!here) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
    event.preventDefault();
    here.requestSubmit();
  }
  // Enter in a line does nothing; Shift and Enter begin a new one.
  const isLine = event.target.matches?.("textarea.one-line") && !event.target.value.includes("\n");
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && isLine) event.preventDefault();
  // In the others it must not save half a form by accident, as browsers would have it.
  const isPlain = event.target.form === here && event.target.matches?.("input:not([type=checkbox], [type=file])");
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && isPlain) event.preventDefault();
});
