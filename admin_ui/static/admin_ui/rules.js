// The tab "API rules": rules are judged and tried while they are typed. Without this, by its buttons.

const JUDGE_MILLISECONDS = 250;
const TRY_MILLISECONDS = 450;
const MOST_TRIED_CHARACTERS = 6000; // it goes into an address
const form = document.getElementById("editor-form");
const trial = document.getElementById("trial");
const rules = [...form.querySelectorAll(".rule")];
const textOf = (rule) => rule.querySelector(".rule-text");
const nameOf = (rule) => rule.dataset.part;
const isLocked = (rule) => rule.querySelector(".locker")?.checked ?? false;
const timers = {};
const soon = (name, work, milliseconds) => {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(work, milliseconds);
};
let current = rules[0];
// What the server marks a tab with when it refuses something.
const tab = document.querySelector(".page-tabs [aria-current=page]");
const tabDot = tab.querySelector(".error-dot") ?? Object.assign(document.createElement("span"), { className: "error-dot" });
tab.append(tabDot);
let judged = 0;

// --- what is wrong --------------------------------------------------------------------------------------

async function judge() {
  const mine = (judged += 1);
  const response = await fetch(form.dataset.judges, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (!response?.ok || response.redirected || mine !== judged) return;
  const problems = await response.json();
  for (const rule of rules) show(rule, problems[nameOf(rule)]);
  tell();
}

function show(rule, problem) {
  const text = textOf(rule);
  const told = rule.querySelector("[data-problem]");
  const words = told.querySelector("span");
  told.hidden = !problem;
  words.textContent = problem?.text ?? "";
  if (problem?.instead) words.append(` ${told.dataset.question} `, suggestion(text, problem), "?");
  if (problem) rule.querySelector("[data-tallies-of]").replaceChildren();
  text.setAttribute("aria-invalid", String(Boolean(problem)));
  text.setAttribute("aria-describedby", `${nameOf(rule)}-hint${problem ? ` ${told.id}` : ""}`);
  text.dispatchEvent(new CustomEvent("code:problems", { detail: problem ? [{ from: problem.from, to: problem.to }] : [] }));
}

function suggestion(text, { from, to, instead }) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "link-button" });
  button.append(Object.assign(document.createElement("code"), { textContent: instead }));
  button.addEventListener("click", () => {
    text.setRangeText(instead, from, to, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  });
  return button;
}

function tell() {
  const count = rules.filter((rule) => textOf(rule).getAttribute("aria-invalid") === "true").length;
  const told = form.querySelector("[data-unsaveable]");
  told.textContent = count === 0 ? "" : count === 1 ? told.dataset.one : told.dataset.many.replace("{count}", count);
  tabDot.hidden = count === 0;
  const isSaveable = count === 0 && rules.some((rule) => rule.classList.contains("changed"));
  for (const button of form.querySelectorAll("[data-saves]")) button.disabled = !isSaveable;
  for (const rule of rules) rule.querySelector("[data-effect]").hidden = !rule.classList.contains("changed");
}

// --- trying ---------------------------------------------------------------------------------------------

let asking = null;

async function tryNow() {
  const text = textOf(current).value;
  const isWrong = textOf(current).getAttribute("aria-invalid") === "true" && !isLocked(current);
  if (isWrong || text.length > MOST_TRIED_CHARACTERS) return;
  asking?.abort();
  asking = new AbortController();
  const query = new URLSearchParams({ rule: nameOf(current), [nameOf(current)]: text, as: form.elements.as.value });
  if (isLocked(current)) query.set(`${nameOf(current)}.locked`, "1");
  trial.classList.add("is-loading");
  const response = await fetch(`${form.dataset.tries}?${query}`, { signal: asking.signal }).catch((error) => error);
  if (response.name === "AbortError") return;
  trial.classList.remove("is-loading");
  if (!response.ok || response.redirected) return;
  const markup = await response.text();
  if (markup.includes("data-unfinished")) return; // what is there stays until the rule can be tried again
  // The server's own markup, in which everything that others wrote is text.
  trial.innerHTML = markup;
  const tallies = trial.querySelector("template");
  const place = tallies && form.querySelector(`[data-tallies-of="${CSS.escape(tallies.dataset.tallies)}"]`);
  place?.replaceChildren(tallies.content);
}

const trySoon = () => soon("try", tryNow, TRY_MILLISECONDS);

// --- rules ----------------------------------------------------------------------------------------------

function lock(rule) {
  const text = textOf(rule);
  text.readOnly = isLocked(rule) || !rule.querySelector(".locker");
  text.placeholder = isLocked(rule) ? text.dataset.locked : text.dataset.empty;
}

form.addEventListener("input", ({ target }) => {
  const rule = target.closest(".rule");
  if (!rule) return;
  current = rule;
  soon("judge", judge, JUDGE_MILLISECONDS);
  trySoon();
});
form.addEventListener("change", ({ target }) => {
  if (!target.matches(".locker")) return;
  current = target.closest(".rule");
  lock(current);
  if (!target.checked && !textOf(current).value) textOf(current).focus();
  judge();
  tryNow();
});
form.addEventListener("focusin", ({ target }) => {
  const rule = target.closest(".rule");
  if (!rule || rule === current) return;
  current = rule;
  trySoon();
});
form.addEventListener("told", tell);
form.addEventListener("click", ({ target }) => {
  const name = target.closest("[data-inserts]")?.dataset.inserts;
  if (name === undefined) return;
  if (isLocked(current)) current = rules.find((rule) => !isLocked(rule)) ?? current;
  textOf(current).dispatchEvent(new CustomEvent("code:insert", { detail: name }));
});

// --- as whom --------------------------------------------------------------------------------------------

const collection = form.querySelector("[data-as-collection]");
const account = document.getElementById("as-account");
const options = form.querySelector("[data-options]");
let chosen = form.dataset.who ?? "";
let asked = 0;

function choose(key, label) {
  form.elements.as.value = key;
  chosen = label;
  account.value = label;
  options.replaceChildren();
  asked += 1; // what is still on its way comes too late
  const address = new URL(location.href);
  if (key) address.searchParams.set("as", key);
  else address.searchParams.delete("as");
  history.replaceState(history.state, "", address);
  tryNow();
}

async function find() {
  const mine = (asked += 1);
  const address = account.dataset.choices.replace("__", encodeURIComponent(collection.value));
  const response = await fetch(`${address}?q=${encodeURIComponent(account.value)}`).catch(() => null);
  if (!response?.ok || response.redirected || mine !== asked) return;
  options.innerHTML = await response.text();
}

collection.addEventListener("change", () => {
  choose("", "");
  if (collection.value) account.focus();
});
account.addEventListener("focus", () => {
  account.value = "";
  find();
});
account.addEventListener("input", () => soon("find", find, JUDGE_MILLISECONDS));
account.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    options.querySelector("[data-id]")?.click();
  }
  if (event.key === "ArrowDown") {
    event.preventDefault();
    options.querySelector("[data-id]")?.focus();
  }
  if (event.key === "Escape") options.replaceChildren();
});
options.addEventListener("keydown", (event) => {
  const next = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (!next && event.key !== "Enter") return;
  event.preventDefault();
  if (event.key === "Enter") event.target.closest("[data-id]")?.click();
  else {
    const to = event.target[next];
    (to?.matches("[data-id]") ? to : account).focus();
  }
});
options.addEventListener("click", ({ target }) => {
  const option = target.closest("[data-id]");
  if (option) choose(`${collection.value}:${option.dataset.id}`, option.dataset.label);
});
account.closest(".field").addEventListener("focusout", ({ relatedTarget, currentTarget }) => {
  if (currentTarget.contains(relatedTarget)) return;
  options.replaceChildren();
  account.value = chosen;
});

// --- from the beginning ---------------------------------------------------------------------------------

for (const part of form.querySelectorAll(".no-script")) part.remove();
account.removeAttribute("name"); // whom it names stands in `as`
account.placeholder = account.dataset.searchWords;
if (chosen) account.value = chosen;
for (const rule of rules) lock(rule);
tell();
if (rules.some((rule) => rule.hasAttribute("data-is-changed"))) judge();
tryNow();
