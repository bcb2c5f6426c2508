// Inputs that are plain without scripts: dates in local time, JSON that is looked at, texts that are counted,
// passwords that are made, and a switch that asks.
import { copy } from "../notices.js";
import { renew, tell } from "./form.js";

const PASSWORD_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const PASSWORD_LENGTH = 20;
const two = (number, length = 2) => String(number).padStart(length, "0");

export function begin(form) {
  form.querySelectorAll("[data-date]").forEach(dateInput);
  form.querySelectorAll("[data-json]").forEach(jsonInput);
  form.querySelectorAll("[data-counts-to]").forEach(counter);
}

// The moment in the text of the API, as a browser's clock shows it; "" for none.
function local(text) {
  const moment = new Date(text.replace(" ", "T"));
  if (!text || Number.isNaN(moment.getTime())) return "";
  const day = `${two(moment.getFullYear(), 4)}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}

// Beside the text in UTC an input in local time. It writes the text when it is left, and is itself left alone.
function dateInput(input) {
  if (input.readOnly || (input.value && !local(input.value))) return;
  const field = input.closest(".field");
  const help = field.querySelector("[data-date-help]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clock = document.createElement("input");
  Object.assign(clock, { type: "datetime-local", step: "1", value: local(input.value), id: input.id });
  for (const name of ["aria-invalid", "aria-describedby"])
    if (input.hasAttribute(name)) clock.setAttribute(name, input.getAttribute(name));
  input.dataset.was = input.value;
  input.removeAttribute("id");
  input.type = "hidden";
  input.before(clock);
  const say = () => {
    const text = help.dataset.inUtc.replace("{zone}", zone).replace("{moment}", input.value.slice(0, 19));
    help.textContent = input.value && zone !== "UTC" ? text : zone;
  };
  clock.addEventListener("change", () => {
    if (clock.validity.badInput) return;
    input.value = clock.value ? new Date(clock.value).toISOString().replace("T", " ") : "";
    say();
    tell();
  });
  // Browsers do not reset what is hidden.
  input.form.addEventListener("reset", () => { input.value = input.dataset.was; });
  field.addEventListener("form:renewed", () => {
    clock.value = local(input.value);
    say();
  });
  say();
}

function jsonInput(area) {
  const told = area.closest(".field").querySelector("[data-json-error]");
  const look = () => {
    let problem = "";
    try {
      if (area.value.trim()) JSON.parse(area.value);
    } catch (error) {
      const at = /position (\d+)/.exec(error.message);
      const line = at ? area.value.slice(0, Number(at[1])).split("\n").length : 0;
      problem = line ? told.dataset.atLine.replace("{line}", line) : told.dataset.notYet;
    }
    told.textContent = problem;
    told.hidden = !problem;
    area.setAttribute("aria-invalid", String(Boolean(problem)));
  };
  area.addEventListener("input", look);
  area.closest(".field").addEventListener("form:renewed", look);
}

function counter(note) {
  const field = note.closest(".field");
  const control = field.querySelector("textarea, input:not([type=hidden])");
  const words = note.querySelector("[data-note]");
  const count = () => { words.textContent = `${[...control.value].length} / ${note.dataset.countsTo}`; };
  control.addEventListener("input", count);
  field.addEventListener("form:renewed", count);
  count();
}

function makePassword(button) {
  const inputs = button.closest(".password-box").querySelectorAll("input");
  const bytes = crypto.getRandomValues(new Uint32Array(PASSWORD_LENGTH));
  const password = Array.from(bytes, (number) => PASSWORD_LETTERS[number % PASSWORD_LETTERS.length]).join("");
  for (const input of inputs) input.value = password;
  copy(password, button.closest("details").querySelector("summary").textContent.trim());
  tell();
}

async function ask(box) {
  box.checked = !box.checked; // as it was, until somebody says so
  const dialog = document.getElementById(`ask-${box.dataset.asks}`).content.firstElementChild.cloneNode(true);
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => { dialog.addEventListener("close", resolve, { once: true }); });
  if (dialog.returnValue === "go") box.checked = !box.checked;
  dialog.remove();
  box.focus();
  renew(box.closest(".field"));
  tell();
}

document.addEventListener("click", ({ target }) => {
  const maker = target.closest?.("[data-makes-password]");
  if (maker) makePassword(maker);
});
document.addEventListener("change", ({ target, isTrusted }) => {
  if (isTrusted && target.matches?.("#record-form [data-asks]")) ask(target);
});
