// A screen of the settings: what changed, what would be lost, rows, and a look at the accent.
//
// Without this script the buttons send the form, and the server does the same.

const form = document.getElementById("settings-form");
const bar = document.querySelector(".save-bar");
const told = bar.querySelector(".changes");
const sent = (part) => new URLSearchParams(new FormData(part)).toString();
const atFirst = sent(form);
let isLeaving = false;

// --- what changed ---------------------------------------------------------------------------------------

const isChanged = (control) => {
  if (["checkbox", "radio"].includes(control.type)) return control.checked !== control.defaultChecked;
  if (control instanceof HTMLSelectElement) return [...control.options].some((one) => one.selected !== one.defaultSelected);
  return control.value !== control.defaultValue;
};
const isUnsaved = () => form.hasAttribute("data-is-changed") || sent(form) !== atFirst;

function tell() {
  let count = 0;
  for (const field of form.querySelectorAll(".field")) {
    const controls = [...field.querySelectorAll("input[name]:not([type=hidden]), textarea[name], select[name]")];
    const is = controls.some(isChanged) || field.hasAttribute("data-has-moved");
    field.classList.toggle("is-changed", is);
    if (is) count += 1;
  }
  const unsaved = isUnsaved();
  const { none, one, many } = told.dataset;
  told.querySelector("b").hidden = !unsaved;
  told.querySelector("[data-counts-changes]").textContent =
    count > 1 ? many.replace("{count}", count) : unsaved ? one : none;
  for (const button of document.querySelectorAll("[data-saves]")) button.disabled = !unsaved;
  bar.querySelector("[data-resets]").hidden = !unsaved;
}

form.addEventListener("input", tell);
form.addEventListener("change", tell);
form.addEventListener("submit", () => { isLeaving = true; });
bar.querySelector("[data-resets]").addEventListener("click", () => { isLeaving = true; });
addEventListener("beforeunload", (event) => { if (isUnsaved() && !isLeaving) event.preventDefault(); });
addEventListener("pageshow", () => { isLeaving = false; });
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  if (isUnsaved()) form.requestSubmit();
});

// --- rows and lines -------------------------------------------------------------------------------------

form.addEventListener("click", (event) => {
  const adds = event.target.closest("[data-adds-row]");
  const removes = event.target.closest("[data-removes-row]");
  const line = event.target.closest("[data-adds-line]");
  if (!adds && !removes && !line) return;
  event.preventDefault();
  if (line) addLine(document.getElementById(line.dataset.addsLine), line.value);
  else changeRows(event.target.closest("[data-rows]"), removes?.closest("tr"));
  tell();
});

function changeRows(part, row) {
  part.dataset.hasMoved = "";
  if (row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next?.querySelector("input") ?? part.querySelector("[data-adds-row]")).focus();
    return;
  }
  const body = part.querySelector("tbody");
  body.append(part.querySelector("template").content.cloneNode(true));
  body.lastElementChild.querySelector("input").focus();
}

function addLine(area, line) {
  const lines = area.value.split(/[,\n]/).map((one) => one.trim()).filter(Boolean);
  if (!lines.includes(line)) area.value = [...lines, line].join("\n");
  area.focus();
}

// --- the accent -----------------------------------------------------------------------------------------

const accent = form.querySelector("[data-accent]");
const pickers = accent ? [...form.querySelectorAll("[data-picks]")] : [];

function showAccent() {
  const isColour = /^#[0-9a-f]{6}$/i.test(accent.value);
  const root = document.documentElement.style;
  const isNew = accent.value !== accent.defaultValue || form.hasAttribute("data-is-changed");
  if (isColour && isNew) root.setProperty("--accent-seed", accent.value);
  else root.removeProperty("--accent-seed");
  for (const picker of pickers) {
    if (picker.type === "color") picker.value = isColour ? accent.value : "#1055c9";
    else picker.setAttribute("aria-pressed", String(picker.value === accent.value.toLowerCase()));
  }
  tell();
}

for (const picker of pickers) {
  picker.hidden = false;
  picker.addEventListener(picker.type === "color" ? "input" : "click", () => {
    accent.value = picker.value;
    showAccent();
  });
}
if (accent) {
  accent.addEventListener("input", showAccent);
  showAccent();
}

document.getElementById("problem")?.focus();
tell();
