// The log: parts that are replaced, selecting, keys, and the chart's range.
//
// Links and forms are ordinary ones, so that everything but following works without this.
import "./earlier_filters.js";
import { focusList } from "./focus.js";
import "./moments.js";
import { copy, isTyping } from "./notices.js";

const byId = (id) => document.getElementById(id);
const rows = () => [...document.querySelectorAll("#lines > tr")];
const boxOf = (row) => row.querySelector(".check-cell input");
const linkOf = (row) => row.querySelector("a[data-panel]");
let last = null;

// --- parts that are replaced ----------------------------------------------------------------------------

const LIST = { "hx-target": "#content", "hx-select": "#content", "hx-swap": "outerHTML", "hx-push-url": "true", "hx-select-oob": "#panel,#toasts" };
const PANEL = { "hx-target": "#panel", "hx-select": "#panel", "hx-swap": "outerHTML", "hx-push-url": "true", "hx-headers": '{"X-Part": "panel"}' };
const OLDER = { "hx-target": "#lines", "hx-select": "#lines > tr", "hx-swap": "beforeend", "hx-select-oob": "#older" };

function give(part, address, attributes) {
  if (!part || part.hasAttribute("hx-get")) return;
  part.setAttribute("hx-get", address);
  for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
  htmx.process(part);
}

function show(address) {
  htmx.ajax("GET", address, { target: "#content", select: "#content", swap: "outerHTML", selectOOB: "#panel,#toasts" });
  history.pushState({ htmx: true }, "", address);
}

function enhance() {
  for (const link of document.querySelectorAll("#lines a[data-panel]")) give(link, link.href, PANEL);
  for (const link of document.querySelectorAll("#levels a, .log-tools .popup a, #refresh, #clear")) give(link, link.href, LIST);
  for (const link of document.querySelectorAll("#panel .row.wrap > a.button")) give(link, link.href, LIST);
  give(byId("filter-form"), byId("filter-form")?.action, LIST);
  give(document.querySelector("[data-older]"), document.querySelector("[data-older]")?.href, OLDER);
  for (const part of document.querySelectorAll("#live, [data-copies-value], [data-beside]")) part.hidden = false;
  rangeInputs();
  mark();
  live?.showLive();
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id === "content") byId("rows").classList.add("is-loading");
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  enhance();
  if (detail.target?.id === "content") focusList();
  if (detail.target?.id === "panel") byId("panel").focus({ preventScroll: true });
});

// A sheet is closed by taking it away: the list beside it stays as it is, with what was loaded since.
function close(link) {
  const panel = Object.assign(document.createElement("aside"), { id: "panel", hidden: true });
  const current = document.querySelector("#lines tr.current");
  byId("panel").replaceWith(panel);
  history.pushState({ htmx: true }, "", link.href);
  mark();
  if (current) linkOf(current).focus({ preventScroll: true });
}

function mark() {
  for (const row of rows()) row.classList.toggle("current", new URL(linkOf(row).href).pathname === location.pathname);
}

// --- the filter -----------------------------------------------------------------------------------------

document.addEventListener("change", ({ target }) => {
  if (target.id === "superusers") byId("filter-form").requestSubmit();
});

// --- the range ------------------------------------------------------------------------------------------

const inAddress = (milliseconds) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

function showRange({ from, until }) {
  const address = new URL(byId("refresh").href);
  address.searchParams.delete("last");
  for (const [name, value] of Object.entries({ from, until })) {
    if (value) address.searchParams.set(name, inAddress(value));
    else address.searchParams.delete(name);
  }
  show(address.pathname + address.search);
}

document.addEventListener("plot:range", ({ detail }) => showRange(detail));
document.addEventListener("plot:reset", () => showRange({}));

// In the time of who looks; what is sent is in UTC.
function rangeInputs() {
  const form = byId("range-form");
  if (!form || form.dataset.isReady !== undefined) return;
  form.dataset.isReady = "";
  for (const part of form.querySelectorAll("[data-zone]")) part.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const input of form.querySelectorAll("[type=datetime-local]")) {
    if (!input.value) continue;
    const moment = new Date(`${input.value}Z`);
    input.value = new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [from, until] = [form.elements.from.value, form.elements.until.value].map((text) => text && new Date(text).getTime());
    showRange({ from, until });
  });
}

document.addEventListener("plot:loaded", ({ detail: { totals, kept: all } }) => {
  for (const part of document.querySelectorAll("[data-total]")) {
    const total = totals[part.dataset.total] ?? 0;
    part.textContent = total.toLocaleString("en");
    if (part.dataset.total === "debug" && total) part.parentElement.hidden = false;
  }
  const words = document.querySelector("#count [data-words]");
  if (!words) return;
  const shown = totals[document.querySelector("#levels [aria-current]")?.dataset.level ?? ""];
  words.textContent = words.dataset.words.replace("{shown}", shown.toLocaleString("en")).replace("{kept}", all.toLocaleString("en"));
});

// --- selecting ------------------------------------------------------------------------------------------

function select(row, isSelected, isRange) {
  const all = rows();
  const from = isRange && all.includes(last) ? all.indexOf(last) : all.indexOf(row);
  const [low, high] = [from, all.indexOf(row)].sort((a, b) => a - b);
  for (const one of all.slice(low, high + 1)) boxOf(one).checked = isSelected;
  last = row;
}

document.addEventListener("click", (event) => {
  const { target } = event;
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (target.matches?.("[data-selects-all]")) {
    for (const row of rows()) boxOf(row).checked = target.checked;
    return;
  }
  const copied = target.closest?.("[data-copies-value]");
  if (copied) copy(copied.dataset.copiesValue, copied.dataset.said);
  const beside = target.closest?.("[data-beside]");
  if (beside) openBeside(Number(beside.dataset.beside));
  const closes = target.closest?.("[data-closes]");
  if (closes && isPlain) {
    event.preventDefault();
    close(closes);
  }
  const row = target.closest?.("#lines > tr");
  if (!row) return;
  if (target === boxOf(row)) select(row, target.checked, event.shiftKey);
  else if (!target.closest("a, button, input, label, .check-cell") && getSelection().isCollapsed) linkOf(row).click();
});

// --- keys -----------------------------------------------------------------------------------------------

function move(step) {
  const all = rows();
  const at = all.indexOf(document.activeElement.closest("tr"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!next) return;
  linkOf(next).focus();
  next.scrollIntoView({ block: "nearest" });
}

function openBeside(step) {
  const all = rows();
  const at = all.findIndex((row) => row.classList.contains("current"));
  const next = at >= 0 ? all[at + step] : null;
  if (!next) return;
  linkOf(next).click();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], details.menu[open]")) return;
  const closes = document.querySelector("#panel [data-closes]");
  if (event.key === "Escape" && closes && !event.defaultPrevented && !isTyping(event.target)) {
    event.preventDefault();
    close(closes);
    return;
  }
  if (isTyping(event.target)) return;
  const row = document.activeElement.closest?.("#lines > tr");
  const act = {
    "/": () => byId("filter").focus(),
    j: () => move(1),
    k: () => move(-1),
    "[": () => openBeside(-1),
    "]": () => openBeside(1),
    " ": row && document.activeElement.matches("a") ? () => linkOf(row).click() : null,
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
  if (event.key.toLowerCase() === "x" && row) select(row, !boxOf(row).checked || event.shiftKey, event.shiftKey);
});

// --- following ------------------------------------------------------------------------------------------

// What follows the log comes with the first one who wants it (logs_live.js).
let live = null;

document.addEventListener("click", async ({ target }) => {
  if (!target.closest?.("#live")) return;
  live ??= await import("./logs_live.js");
  live.turn(show, enhance);
});

enhance();
