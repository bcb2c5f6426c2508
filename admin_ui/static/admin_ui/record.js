// The form of a record: what changed, what would be lost, and inputs that are easier with a script.
import { copy } from "./notices.js";

const SEARCH_MILLISECONDS = 150;
const PASSWORD_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const byId = (id) => document.getElementById(id);
const form = () => byId("record-form");

// --- what changed ---------------------------------------------------------------------------------------

const isChanged = (control) => {
  if (control.dataset.was !== undefined) return control.value !== control.dataset.was;
  if (control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.type === "file") return control.files.length > 0;
  if (control instanceof HTMLSelectElement) return [...control.options].some((one) => one.selected !== one.defaultSelected);
  return control.value !== control.defaultValue;
};

function changedFields() {
  const fields = [...(form()?.querySelectorAll(".form-grid > .field") ?? [])];
  return fields.filter((field) => {
    const controls = [...field.querySelectorAll("input[name]:not([name^='was.']), textarea[name], select[name]")];
    const is = controls.some(isChanged) || field.hasAttribute("data-is-changed");
    field.classList.toggle("is-changed", is);
    return is;
  });
}

function tell() {
  const here = form();
  if (!here?.querySelector(".save-bar")) return;
  const count = changedFields().length;
  const told = here.querySelector(".changes");
  told.hidden = count === 0;
  told.querySelector("[data-counts-changes]").textContent = `${count} change${count === 1 ? "" : "s"}`;
  here.querySelector("button[type=reset]").hidden = count === 0;
}

const isUnsaved = () => Boolean(form()) && (changedFields().length > 0 || form().hasAttribute("data-is-changed"));
let isSaving = false;

// --- not losing it --------------------------------------------------------------------------------------

addEventListener("beforeunload", (event) => { if (isUnsaved() && !isSaving) event.preventDefault(); });
document.addEventListener("htmx:confirm", (event) => {
  const { elt, target } = event.detail;
  const leaves = ["panel", "content"].includes(target?.id) && elt !== form() && !elt.closest("#count");
  if (!leaves || !isUnsaved()) return;
  event.preventDefault();
  const dialog = byId("leave");
  dialog.returnValue = "stay";
  dialog.showModal();
  dialog.addEventListener("close", () => { if (dialog.returnValue === "go") event.detail.issueRequest(true); }, { once: true });
});
document.addEventListener("submit", (event) => { if (event.target === form()) isSaving = true; }, true);
document.addEventListener("htmx:afterRequest", () => { isSaving = false; });

// --- inputs ---------------------------------------------------------------------------------------------

const two = (number, length = 2) => String(number).padStart(length, "0");

// The moment in the text of the API, as a browser's clock shows it; "" for none.
function local(text) {
  const moment = new Date(text.replace(" ", "T"));
  if (!text || Number.isNaN(moment.getTime())) return "";
  const day = `${two(moment.getFullYear(), 4)}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}

// Beside the text in UTC an input in local time. It writes the text when it is left, and is itself left alone.
function dateInput(input) {
  if (input.readOnly || input.dataset.was !== undefined || (input.value && !local(input.value))) return;
  const help = input.parentElement.querySelector("[data-date-help]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clock = document.createElement("input");
  Object.assign(clock, { type: "datetime-local", step: "1", value: local(input.value), id: input.id });
  for (const name of ["aria-invalid", "aria-describedby"])
    if (input.hasAttribute(name)) clock.setAttribute(name, input.getAttribute(name));
  input.dataset.was = input.value;
  input.removeAttribute("id");
  input.type = "hidden";
  input.before(clock);
  const say = () => { help.textContent = input.value ? `${zone}; ${input.value} in UTC.` : `${zone}.`; };
  clock.addEventListener("change", () => {
    if (clock.validity.badInput) return;
    input.value = clock.value ? new Date(clock.value).toISOString().replace("T", " ") : "";
    say();
    tell();
  });
  input.form.addEventListener("reset", () => setTimeout(() => {
    input.value = input.dataset.was;
    clock.value = local(input.value);
    say();
  }));
  say();
}

function jsonInput(area) {
  const told = area.parentElement.querySelector("[data-json-error]");
  area.addEventListener("input", () => {
    let problem = "";
    try {
      if (area.value.trim()) JSON.parse(area.value);
    } catch (error) {
      const at = /position (\d+)/.exec(error.message);
      const line = at ? area.value.slice(0, Number(at[1])).split("\n").length : 0;
      problem = line ? `This is no JSON: look at line ${line}.` : "This is no JSON yet.";
    }
    told.textContent = problem;
    told.hidden = !problem;
    area.setAttribute("aria-invalid", String(Boolean(problem)));
  });
}

// Finds records by what they are called; the input for an id becomes the search.
function relationInput(field) {
  const search = field.querySelector("[data-search]");
  if (!search || search.dataset.isReady) return;
  const chosen = field.querySelector("[data-chosen]");
  const options = field.querySelector("[data-options]");
  const { name } = search;
  let timer = 0;
  let asked = 0;
  search.dataset.isReady = "true";
  search.removeAttribute("name");
  search.placeholder = "Search";
  search.setAttribute("aria-label", `Search for ${name.replace("field.", "")}`);

  const find = async () => {
    const mine = (asked += 1);
    const response = await fetch(`${search.dataset.search}?q=${encodeURIComponent(search.value)}`).catch(() => null);
    if (!response?.ok || response.redirected || mine !== asked) return;
    // The server's own markup, in which everything that others wrote is text.
    options.innerHTML = await response.text();
  };
  const add = (id, label) => {
    const known = [...chosen.querySelectorAll("input")].find((box) => box.value === id);
    if (Number(field.dataset.most) <= 1) for (const box of chosen.querySelectorAll("input")) box.checked = false;
    if (known) known.checked = true;
    else {
      const part = document.createElement("label");
      part.className = "chosen check";
      const box = Object.assign(document.createElement("input"), { type: "checkbox", name, value: id });
      const chip = Object.assign(document.createElement("span"), { className: "chip" });
      const words = Object.assign(document.createElement("span"), { className: "label", textContent: label });
      box.checked = true;
      chip.append(words);
      part.append(box, chip);
      chosen.append(part);
    }
    chosen.querySelector("[data-none]")?.remove();
    tell();
  };
  const close = () => {
    asked += 1;  // what is still on its way comes too late
    options.replaceChildren();
  };
  search.addEventListener("focus", find);
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, SEARCH_MILLISECONDS);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "ArrowDown") options.querySelector("button")?.focus();
    if (event.key === "Escape" && options.childElementCount) {
      event.preventDefault();
      close();
    }
  });
  options.addEventListener("keydown", (event) => {
    const next = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (next) {
      event.preventDefault();
      (event.target[next] ?? search).focus();
    }
  });
  options.addEventListener("click", (event) => {
    const option = event.target.closest("[data-id]");
    if (!option) return;
    add(option.dataset.id, option.dataset.label);
    search.value = "";
    search.focus();
    close();
  });
  field.addEventListener("focusout", ({ relatedTarget }) => { if (!field.contains(relatedTarget)) close(); });
}

function makePassword() {
  const bytes = crypto.getRandomValues(new Uint32Array(20));
  const password = Array.from(bytes, (number) => PASSWORD_LETTERS[number % PASSWORD_LETTERS.length]).join("");
  byId("password").value = byId("passwordConfirm").value = password;
  copy(password, "Password");
  tell();
}

// --- all of it ------------------------------------------------------------------------------------------

function enhance() {
  const here = form();
  if (!here || here.dataset.isReady) return;
  here.dataset.isReady = "true";
  here.querySelectorAll("[data-date]").forEach(dateInput);
  here.querySelectorAll("[data-json]").forEach(jsonInput);
  here.querySelectorAll("[data-relation]").forEach(relationInput);
  tell();
}

document.addEventListener("input", ({ target }) => { if (target.form && target.form === form()) tell(); });
document.addEventListener("change", ({ target }) => { if (target.form && target.form === form()) tell(); });
document.addEventListener("reset", ({ target }) => { if (target === form()) setTimeout(tell); });
document.addEventListener("click", ({ target }) => { if (target.closest?.("[data-makes-password]")) makePassword(); });
document.addEventListener("keydown", (event) => {
  const here = form();
  if (!here) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    here.requestSubmit();
  }
  // Enter in a line does nothing; Shift and Enter begin a new one.
  const isLine = event.target.matches?.("textarea.one-line") && !event.target.value.includes("\n");
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && isLine) event.preventDefault();
});
document.addEventListener("htmx:afterSettle", enhance);
enhance();
