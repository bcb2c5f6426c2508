// Unsaved edits of a record are kept in this browser until they are saved, discarded, or their author signs out.
//
// Passwords, hidden fields and files are left out. A draft belongs to one person and one address.
import { changedFields, renew, tell } from "./form.js";
import { chosenOf, restoreChosen } from "./relations.js";

const PREFIX = "draft:";
const LATER_MILLISECONDS = 400;
const MOST_DAYS = 30;
const MOST_DRAFTS = 50;
const LEFT_OUT = "[data-field=password], .is-veiled, [data-files]";
const CONTROLS = "input[name]:not([name^='was.'], [type=file]), textarea[name], select[name]";

let timer = 0;

const keyOf = (form) => `${PREFIX}${form.dataset.user}:${location.pathname}${copied()}`;

// A copy of another record is a place of its own.
function copied() {
  const from = new URLSearchParams(location.search).get("from");
  return from ? `?from=${from}` : "";
}

export function begin(form) {
  const key = keyOf(form);
  const sent = sessionStorage.getItem("draft-sent");
  // What was sent and came back without a complaint is saved.
  if (sent && !document.getElementById("problem")) localStorage.removeItem(sent);
  sessionStorage.removeItem("draft-sent");
  tidy();
  const draft = read(key);
  // A form that comes back with errors has everything in it.
  if (!draft || (document.getElementById("problem") && form.hasAttribute("data-is-changed"))) return;
  const notice = document.getElementById("draft");
  const at = notice.querySelector("[data-draft-at]");
  at.dateTime = new Date(draft.at).toISOString();
  at.textContent = ago(draft.at);
  notice.hidden = false;
}

function ago(moment) {
  const minutes = Math.round((moment - Date.now()) / 60_000);
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  if (minutes > -60) return words.format(minutes, "minute");
  return minutes > -48 * 60 ? words.format(Math.round(minutes / 60), "hour") : words.format(Math.round(minutes / 1440), "day");
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function keep(form) {
  const key = keyOf(form);
  const notice = document.getElementById("draft");
  if (!notice) return;
  const fields = changedFields(form).filter((field) => !field.matches(LEFT_OUT));
  const cameBack = form.hasAttribute("data-is-changed");
  if (!fields.length) {
    // An older draft that is still offered is not replaced by nothing, nor what was refused just now.
    if (notice.hidden && !cameBack) localStorage.removeItem(key);
    return;
  }
  const now = Object.fromEntries(fields.map((field) => [field.dataset.field, stateOf(field)]));
  const states = cameBack ? { ...read(key)?.states, ...now } : now;
  try {
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), states }));
    notice.hidden = true;
  } catch {
    // There is no room, or the browser keeps nothing: then there is no draft.
  }
}

function stateOf(field) {
  if (field.matches("[data-relation]")) return { chosen: chosenOf(field) };
  return { values: [...field.querySelectorAll(CONTROLS)].map((control) => (control.type === "checkbox" ? control.checked : control.value)) };
}

function restore(form, { states }) {
  for (const [name, state] of Object.entries(states)) {
    const field = form.querySelector(`.form-grid > .field[data-field="${CSS.escape(name)}"]`);
    if (!field || field.matches(LEFT_OUT)) continue;
    if (state.chosen && field.matches("[data-relation]")) restoreChosen(field, state.chosen);
    else
      [...field.querySelectorAll(CONTROLS)].forEach((control, at) => {
        const value = state.values?.[at];
        if (control.type === "checkbox") control.checked = value === true;
        else if (typeof value === "string") control.value = value;
      });
    renew(field);
  }
  document.getElementById("draft").hidden = true;
  tell();
}

// Drafts that nobody came back to.
function tidy() {
  const drafts = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => [key, read(key)?.at ?? 0]);
  drafts.sort(([, a], [, b]) => b - a);
  const oldest = Date.now() - MOST_DAYS * 86_400_000;
  drafts.forEach(([key, at], index) => { if (index >= MOST_DRAFTS || at < oldest) localStorage.removeItem(key); });
}

document.addEventListener("form:told", ({ target }) => {
  if (target.dataset.isReady !== "true" || target.dataset.isInside !== undefined) return;
  clearTimeout(timer);
  timer = setTimeout(() => { if (target.isConnected) keep(target); }, LATER_MILLISECONDS);
});
document.addEventListener("submit", ({ target }) => {
  clearTimeout(timer);
  if (target.id === "record-form" && target.dataset.isInside === undefined) {
    keep(target);
    sessionStorage.setItem("draft-sent", keyOf(target));
  }
}, true);
document.addEventListener("form:discarded", ({ target }) => {
  clearTimeout(timer);
  localStorage.removeItem(keyOf(target));
});
document.addEventListener("click", ({ target }) => {
  const form = document.getElementById("record-form");
  if (!form) return;
  const key = keyOf(form);
  if (target.closest?.("[data-restores-draft]")) restore(form, read(key) ?? { states: {} });
  if (target.closest?.("[data-discards-draft]")) {
    localStorage.removeItem(key);
    document.getElementById("draft").hidden = true;
  }
});
