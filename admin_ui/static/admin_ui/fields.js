// The fields and indexes of a collection in their form: adding, copying, taking away and renaming without asking
// the server to draw the page again. Each button here is one of the form's own, which does the same without a script.
import { tell } from "./editor.js";
import { isTyping, toast } from "./notices.js";

const byId = (id) => document.getElementById(id);
const form = byId("editor-form");
const fields = byId("fields");
const indexes = byId("indexes");
const words = byId("field-words")?.dataset;
let made = 0;
const newKey = () => `j${Date.now().toString(36)}${(made += 1)}`;
const rows = () => [...(fields?.children ?? [])];
const nameOf = (row) => row.querySelector("[data-slug]");
const isRemoved = (row) => row.querySelector(".remover")?.checked ?? false;
const changed = (part) => part.dispatchEvent(new Event("change", { bubbles: true }));

// --- names ----------------------------------------------------------------------------------------------

// What a name may be made of; accents go, everything else becomes a line below.
function slug(text) {
  return text.normalize("NFD").replaceAll(/[\u0300-\u036f]/g, "").replaceAll(/\W/g, "_");
}

function freeName(wanted) {
  const taken = new Set(rows().map((row) => nameOf(row).value.toLowerCase()));
  let name = wanted;
  for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${wanted}${number}`;
  return name;
}

form.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-slug]") || target.readOnly) return;
  const at = target.selectionStart;
  const clean = slug(target.value);
  if (clean !== target.value) {
    target.value = clean;
    target.setSelectionRange(at, at);
  }
  target.dataset.isTouched = "";
});

// Indexes name their columns, so they follow; the server sees to it, too, for whoever has no script.
form.addEventListener("change", ({ target }) => {
  if (!target.matches("#fields [data-slug]")) return;
  const from = target.dataset.name ?? target.dataset.was ?? target.defaultValue;
  target.dataset.name = target.value;
  if (!from || !target.value || from === target.value) return;
  const old = new RegExp(`(\`|\\b)${from}(?=\`|\\b)`, "gi");
  for (const area of indexes.querySelectorAll("textarea")) {
    const [head, columns, tail] = partsOf(area.value);
    if (columns === undefined) continue;
    const quotes = (text) => text.split(/('(?:[^']|'')*')/).map((part, at) => (at % 2 ? part : part.replaceAll(old, `$1${target.value}`))).join("");
    area.value = head + quotes(columns) + quotes(tail);
    showIndex(area.closest("li"));
  }
});

// --- what a row says ------------------------------------------------------------------------------------

function showRow(row) {
  const input = nameOf(row);
  const { was } = input.dataset;
  const isRenamed = Boolean(was) && was !== input.value;
  const sum = row.querySelector("[data-sum]");
  sum.dataset.text ??= sum.textContent;
  sum.textContent = isRenamed ? words.was.replace("{name}", was) : sum.dataset.text;
  row.querySelector("[data-renamed]").classList.toggle("is-on", isRenamed);
  const label = row.querySelector("[data-label]");
  label.textContent = label.dataset.label.replace("{name}", input.value);
  const presentable = row.querySelector("[data-flag=presentable]");
  presentable.disabled = row.querySelector("[data-flag=hidden]").checked;
  if (presentable.disabled) presentable.checked = false;
  return { isRenamed, isNew: "isNew" in row.dataset, isRemoved: isRemoved(row) };
}

// The server says it, a moment after the last change: it knows the words, and what a text means there.
const PAUSE_MILLISECONDS = 250;
const NEEDED = ["csrfmiddlewaretoken", "type", "like"]; // the last two in the form of a new collection
const timers = new Map();

function sayOptions(row) {
  clearTimeout(timers.get(row));
  timers.set(row, setTimeout(async () => {
    const mine = timers.get(row);
    const sent = [...new FormData(form)].filter(([name]) => NEEDED.includes(name) || name.startsWith(`f${row.dataset.key}-`));
    const body = new URLSearchParams([["field", row.dataset.key], ...sent]);
    const response = await fetch(location.href, { method: "POST", headers: { "X-Part": "summary" }, body }).catch(() => null);
    if (!response?.ok || response.redirected || mine !== timers.get(row)) return;
    row.querySelector("[data-sum]").dataset.text = await response.text();
    showRow(row);
  }, PAUSE_MILLISECONDS));
}

for (const type of ["input", "change"])
  form.addEventListener(type, ({ target }) => {
    if (target.closest("#fields .schema-options .form-grid")) sayOptions(target.closest("li"));
  });

const order = (list) => [...list.children].filter((row) => !("isNew" in row.dataset)).map((row) => row.dataset.key).join();
const orders = new Map([fields, indexes].filter(Boolean).map((list) => [list, order(list)]));

form.addEventListener("told", () => {
  if (!fields) return;
  const told = rows().map(showRow);
  const count = (is) => told.filter(is).length;
  const parts = [
    [words.new, count((one) => one.isNew && !one.isRemoved)],
    [words.renamed, count((one) => one.isRenamed && !one.isRemoved)],
    [words.removed, count((one) => one.isRemoved)],
    [words.moved, "isMoved" in fields.dataset || "isChanged" in fields.dataset ? 1 : 0],
  ];
  const said = parts.filter(([, number]) => number > 0).map(([text, number]) => text.replace("{count}", number));
  form.querySelector("[data-summary]").textContent = said.join(", ");
});

form.addEventListener("change", ({ target }) => {
  if (orders.has(target)) target.toggleAttribute("data-is-moved", order(target) !== orders.get(target));
  if (!target.matches(".remover")) return;
  const row = target.closest("li");
  if ("isNew" in row.dataset) {
    (row.nextElementSibling ?? row.previousElementSibling).querySelector("summary").focus();
    row.remove();
  } else {
    row.querySelector("details").open = false;
    row.querySelector("summary").focus();
  }
}, true);

// --- adding and copying ---------------------------------------------------------------------------------

async function rowFor(type, key, name) {
  const address = new URL(words.rows, location.href);
  address.search = new URLSearchParams({ type, key, name });
  const response = await fetch(address).catch(() => null);
  if (!response?.ok || response.redirected) {
    toast(words.failed, "error");
    return null;
  }
  const holder = document.createElement("template");
  // The server's own markup, in which everything that others wrote is text.
  holder.innerHTML = await response.text();
  return holder.content.querySelector("li");
}

function enter(row, place) {
  if (place) place.before(row);
  else fields.append(row);
  enhance(row);
  row.scrollIntoView({ block: "nearest" });
  nameOf(row).select();
  changed(row);
}

async function add(type) {
  byId("add-field").open = false;
  const row = await rowFor(type, newKey(), freeName(type));
  if (!row) return;
  let place = null;
  if (type !== "autodate")
    for (const other of rows().reverse()) {
      if (other.dataset.type !== "autodate") break;
      place = other;
    }
  enter(row, place);
}

function duplicate(row) {
  const [from, key] = [row.dataset.key, newKey()];
  const copy = row.cloneNode(true);
  copy.dataset.key = key;
  copy.dataset.isNew = "";
  for (const part of copy.querySelectorAll("*"))
    for (const name of ["name", "id", "for", "aria-describedby"])
      if (part.getAttribute(name)?.startsWith(`f${from}-`)) part.setAttribute(name, part.getAttribute(name).replace(`f${from}-`, `f${key}-`));
  copy.querySelector("[name=field]").value = key;
  const id = copy.querySelector(`[name="f${key}-id"]`);
  if (id) id.name = `f${key}-of`;
  // What a browser does not copy, and what was only the old one's.
  const chosen = [...row.querySelectorAll("select")];
  for (const [at, select] of [...copy.querySelectorAll("select")].entries()) select.value = chosen[at].value;
  for (const flag of copy.querySelectorAll("[data-flag], [type=radio]")) flag.disabled = false;
  const name = nameOf(copy);
  name.readOnly = false;
  name.dataset.was = name.dataset.name = "";
  name.value = freeName(`${name.value}_copy`);
  copy.querySelector("[data-new-badge]").classList.add("is-on");
  copy.querySelector("[data-system-badge]")?.remove();
  row.querySelector("details").open = false;
  copy.querySelector("details").open = true;
  enter(copy, row.nextElementSibling);
}

// --- options that are easier with a script --------------------------------------------------------------

const linesIn = (area) => area.value.split("\n").map((line) => line.trim()).filter(Boolean);

function putLines(area, lines) {
  area.value = [...new Set(lines)].join("\n");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function showPresets(row) {
  const area = row.querySelector("[data-file-types]");
  if (!area) return;
  const lines = new Set(linesIn(area));
  for (const chip of row.querySelectorAll("[data-lines]"))
    chip.setAttribute("aria-pressed", String(chip.dataset.lines.split("\n").every((line) => lines.has(line))));
}

// The choices as they will look in lists: their hues go by their places.
function showChoices(row) {
  const area = row.querySelector("[data-choices]");
  if (!area) return;
  const tags = [...new Set(linesIn(area))].map((line, at) => {
    const tag = Object.assign(document.createElement("span"), { className: "tag", textContent: line });
    tag.dataset.hue = (at % 8) + 1;
    return tag;
  });
  const place = row.querySelector("[data-choice-tags]");
  place.replaceChildren(...tags);
  place.hidden = tags.length === 0;
}

function togglePreset(chip) {
  const area = chip.closest(".field").querySelector("textarea");
  const lines = chip.dataset.lines.split("\n");
  const isOn = chip.getAttribute("aria-pressed") === "true";
  putLines(area, isOn ? linesIn(area).filter((line) => !lines.includes(line)) : [...linesIn(area), ...lines]);
  showPresets(chip.closest("li"));
}

// Beside the text in UTC what a clock here shows then, to be set.
function momentInput(input) {
  const help = input.parentElement.querySelector("[data-moment-help]");
  const clock = Object.assign(document.createElement("input"), { type: "datetime-local", step: "1" });
  clock.setAttribute("aria-label", input.labels[0].textContent);
  const local = () => {
    const moment = new Date(input.value.replace(" ", "T"));
    if (!input.value || Number.isNaN(moment.getTime())) return "";
    return new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  };
  clock.value = local();
  clock.addEventListener("change", () => {
    if (clock.validity.badInput) return;
    input.value = clock.value ? new Date(clock.value).toISOString().replace("T", " ") : "";
    changed(input);
  });
  input.addEventListener("change", () => { clock.value = local(); });
  help.before(clock);
  help.textContent = `${help.textContent} ${Intl.DateTimeFormat().resolvedOptions().timeZone}:`;
  help.after(clock);
}

// A new field is called after what it relates to, as long as nobody has named it.
function suggestName(select) {
  const row = select.closest("li");
  const input = nameOf(row);
  if (!("isNew" in row.dataset) || "isTouched" in input.dataset || !select.value) return;
  const target = select.selectedOptions[0].textContent;
  input.value = "";
  input.value = freeName(slug(target.replace(/(?<=..)s$/, "")));
  changed(input);
}

// Collections that were made in another tab meanwhile.
async function refreshCollections() {
  const row = await rowFor("relation", "n0", "n0");
  for (const select of row ? form.querySelectorAll("[data-relates]") : [])
    for (const option of row.querySelectorAll("[data-relates] option"))
      if (![...select.options].some((one) => one.value === option.value)) select.append(option.cloneNode(true));
}

// --- indexes --------------------------------------------------------------------------------------------

// A CREATE INDEX text as what stands before its columns, those, and the rest.
function partsOf(sql) {
  const start = /^\s*create\s+(?:unique\s+)?index\s[\s\S]*?\son\s[^(]*\(/i.exec(sql)?.[0].length;
  if (start === undefined) return [];
  let depth = 1;
  let end = start;
  while (end < sql.length && depth) {
    depth += { "(": 1, ")": -1 }[sql[end]] ?? 0;
    end += 1;
  }
  return depth ? [] : [sql.slice(0, start), sql.slice(start, end - 1), sql.slice(end - 1)];
}

function columnsIn(text) {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim()).filter(Boolean);
}
const columnName = (part) => part.split(/\s+/)[0].replaceAll(/[`"'[\]]/g, "");

function showIndex(row) {
  const area = row.querySelector("textarea");
  const [head, inside] = partsOf(area.value);
  const columns = inside === undefined ? [] : columnsIn(inside).map(columnName);
  const isUnique = /^\s*create\s+unique\s/i.test(area.value);
  row.querySelector("[data-index-columns]").textContent = columns.join(", ") || "–";
  row.querySelector("[data-index-name]").textContent = /index\s+(?:if\s+not\s+exists\s+)?(\S+)/i.exec(head ?? "")?.[1].replaceAll("`", "") ?? "";
  const badge = row.querySelector("[data-unique-badge]");
  badge.hidden = !isUnique;
  badge.classList.toggle("is-on", isUnique);
  const switcher = row.querySelector("[data-unique]");
  switcher.hidden = head === undefined;
  switcher.querySelector("input").checked = isUnique;
  const presets = row.querySelector("[data-index-presets]");
  presets.hidden = head === undefined;
  presets.replaceChildren(...rows().filter((one) => !isRemoved(one)).map(nameOf).map(({ value }) => {
    const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip mono", textContent: value });
    chip.setAttribute("aria-pressed", String(columns.includes(value)));
    return chip;
  }));
}

function toggleColumn(chip) {
  const row = chip.closest("li");
  const area = row.querySelector("textarea");
  const [head, inside, tail] = partsOf(area.value);
  const name = chip.textContent;
  const columns = columnsIn(inside);
  const others = columns.filter((part) => columnName(part) !== name);
  const next = others.length < columns.length ? others : [...columns, `\`${name}\``];
  area.value = head + next.join(", ") + tail;
  changed(area);  // which makes the buttons anew
  [...row.querySelectorAll(".index-columns button")].find((one) => one.textContent === name)?.focus();
}

function toggleUnique(box) {
  const area = box.closest("li").querySelector("textarea");
  area.value = box.checked
    ? area.value.replace(/^(\s*create)\s+/i, "$1 UNIQUE ")
    : area.value.replace(/^(\s*create)\s+unique\s+/i, "$1 ");
  changed(area);
}

function addIndex() {
  const key = newKey();
  const holder = document.createElement("template");
  holder.innerHTML = byId("index-row").innerHTML.replaceAll("__key__", key);
  const row = holder.content.querySelector("li");
  const name = `idx_${Math.random().toString(36).slice(2, 12)}`;
  row.querySelector("textarea").value = `CREATE INDEX \`${name}\` ON \`${byId("c-name").value}\` ()`;
  indexes.append(row);
  enhance(row);
  showIndex(row);
  row.scrollIntoView({ block: "nearest" });
  row.querySelector(".index-columns button")?.focus();
  changed(row);
}

// --- all of it ------------------------------------------------------------------------------------------

function enhance(part) {
  for (const shown of part.querySelectorAll("[data-handle], [data-move], [data-presets]")) shown.hidden = false;
  part.querySelectorAll("[data-moment]").forEach(momentInput);
  for (const row of part === form ? rows() : [part]) {
    showPresets(row);
    showChoices(row);
  }
}

form.addEventListener("click", (event) => {
  const { target } = event;
  const button = target.closest("button");
  if (button?.dataset.adds) {
    event.preventDefault();
    add(button.dataset.adds);
  } else if (button?.matches("[data-copies-row]")) {
    event.preventDefault();
    duplicate(button.closest("li"));
  } else if (button?.matches("[data-adds-index]")) {
    event.preventDefault();
    addIndex();
  } else if (button?.matches("[data-lines]")) togglePreset(button);
  else if (button?.matches(".index-columns button")) toggleColumn(button);
  else if (target.matches("[data-new-collection]")) addEventListener("focus", refreshCollections, { once: true });
});
form.addEventListener("input", ({ target }) => {
  if (target.matches("[data-file-types]")) showPresets(target.closest("li"));
  if (target.matches("[data-choices]")) showChoices(target.closest("li"));
  if (target.matches("#indexes textarea")) showIndex(target.closest("li"));
});
form.addEventListener("change", ({ target }) => {
  if (target.matches("[data-relates]")) suggestName(target);
  if (target.matches("[data-unique] input")) toggleUnique(target);
  if (target.matches("#indexes textarea")) showIndex(target.closest("li"));
  if (target.matches("[data-adds-line]") && target.value) {
    const area = target.closest(".field").querySelector("textarea");
    putLines(area, [...linesIn(area), target.value]);
    target.value = "";
    showPresets(target.closest("li"));
  }
  if (fields && target.matches("#fields [data-slug], #fields .remover")) for (const row of indexes.children) showIndex(row);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "n" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]") || !fields) return;
  event.preventDefault();
  byId("add-field").open = true;
  byId("add-field").querySelector(".popup button").focus();
});
addEventListener("keydown", (event) => {
  // Enter in a line saves what has changed, or does nothing; in the search for a type it takes that.
  if (event.key === "Enter" && event.target.matches?.("[data-adds-line]")) {
    event.preventDefault();
    changed(event.target);
  }
}, true);

if (fields) {
  enhance(form);
  for (const row of indexes.children) showIndex(row);
}
tell();
