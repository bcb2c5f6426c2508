// The list of records: what is selected, moving by keys, and links that replace a part of the page; these are
// ordinary ones, which get htmx's attributes here (docs/dashboard.md).
import "./earlier_filters.js";
import { focusList } from "./focus.js";
import "./missing_pictures.js";
import "./moments.js";
import { isTyping } from "./notices.js";

const byId = (id) => document.getElementById(id);
const rows = () => [...document.querySelectorAll("#rows tbody tr")];
const boxOf = (row) => row.querySelector(".check-cell input");
let last = null;
let opener = null; // of the sheet

// --- parts that are replaced ----------------------------------------------------------------------------

const replaces = (id, more) => ({ "hx-target": id, "hx-select": id, "hx-swap": "outerHTML", "hx-push-url": "true", ...more });
const LIST = replaces("#content", { "hx-select-oob": "#panel,#toasts" });
const PANEL = replaces("#panel", { "hx-headers": '{"X-Part": "panel"}' });
const SAVED = replaces("#panel", { "hx-boost": "true", "hx-disabled-elt": "find .primary", "hx-select-oob": "#rows,#count,#toasts" });

function give(part, verb, address, attributes) {
  if (!part || part.hasAttribute(verb)) return;
  part.setAttribute(verb, address);
  for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
  htmx.process(part);
}

function enhance() {
  for (const link of document.querySelectorAll("a[data-panel], [data-closes]")) give(link, "hx-get", link.href, PANEL);
  const ofList = "#rows .head, .pager a, #refresh, .filter-box > a, #sort-menu a, .page-tabs a:not([data-whole]), #live-news";
  for (const link of document.querySelectorAll(`:is(${ofList})[href]`)) give(link, "hx-get", link.href, LIST);
  for (const other of document.querySelectorAll("form[data-panel-form]"))
    give(other, "hx-post", location.href, { ...PANEL, "hx-push-url": "false" });
  give(byId("filter-form"), "hx-get", byId("filter-form").action, LIST);
  const form = byId("record-form");
  if (form && !form.hasAttribute("hx-boost") && form.dataset.isInside === undefined) {
    for (const [name, value] of Object.entries(SAVED)) form.setAttribute(name, value);
    htmx.process(form);
  }
}

document.addEventListener("htmx:beforeRequest", ({ detail: { target, elt } }) => {
  if (target?.id === "content") byId("rows").classList.add("is-loading");
  if (target?.id === "panel" && !target.contains(elt)) opener = elt;
});
document.addEventListener("htmx:afterRequest", () => byId("rows")?.classList.remove("is-loading"));
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const current = document.querySelector("#rows tr.current .title-cell a");
  enhance();
  mark();
  if (detail.target?.id === "content") focusList();
  if (detail.target?.id === "panel") focusSheet(current);
});

// Who opens a sheet is in it, and stays at the control where a save was asked for; who closes it is back at the
// row that it was about, or at what it was opened by.
function focusSheet(current) {
  const panel = byId("panel");
  const place = panel.hidden ? [current, opener].find((one) => one?.isConnected) ?? byId("rows") : byId("problem");
  if (place) place.focus({ preventScroll: true });
  else if (!panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
}

// The row whose record is open.
function mark() {
  const path = location.pathname;
  for (const row of rows()) {
    const link = row.querySelector(".title-cell a");
    row.classList.toggle("current", path.startsWith(new URL(link.href).pathname));
  }
}

// --- selecting ------------------------------------------------------------------------------------------

function select(row, isSelected, isRange) {
  const all = rows();
  const from = isRange && all.includes(last) ? all.indexOf(last) : all.indexOf(row);
  const [low, high] = [from, all.indexOf(row)].sort((a, b) => a - b);
  for (const one of all.slice(low, high + 1)) boxOf(one).checked = isSelected;
  last = row;
  markAll();
}

function markAll() {
  const all = document.querySelector("[data-selects-all]");
  if (!all) return;
  const selected = rows().filter((row) => boxOf(row).checked).length;
  all.checked = selected > 0 && selected === rows().length;
  all.indeterminate = selected > 0 && !all.checked;
}

document.addEventListener("click", (event) => {
  if (event.target.matches?.("[data-selects-all]")) {
    for (const row of rows()) boxOf(row).checked = event.target.checked;
    return;
  }
  const row = event.target.closest?.("#rows tbody tr");
  if (!row) return;
  if (event.target === boxOf(row)) return select(row, event.target.checked, event.shiftKey);
  // Anywhere else on a row opens it, unless somebody marks a text or means another link.
  const isPlain = !event.target.closest("a, button, input, label") && getSelection().isCollapsed;
  if (isPlain && !event.target.closest(".check-cell")) row.querySelector(".title-cell a").click();
});
document.addEventListener("reset", () => setTimeout(markAll));

// --- keys -----------------------------------------------------------------------------------------------

function move(step) {
  const all = rows();
  const at = all.indexOf(document.activeElement.closest("tr"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  next?.querySelector(".title-cell a").focus();
  next?.scrollIntoView({ block: "nearest" });
}

function openBeside(step) {
  const all = rows();
  const at = all.findIndex((row) => row.classList.contains("current"));
  if (at >= 0) all[at + step]?.querySelector(".title-cell a").click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && !document.querySelector("details.menu[open]")) {
    const close = document.querySelector("#panel [data-closes], #panel [data-goes-back]");
    if (!close || event.defaultPrevented) return;
    event.preventDefault(); // or it would close the dialog that asks
    close.click();
    return;
  }
  if (isTyping(event.target)) return;
  const act = {
    "/": () => byId("filter").select(),
    n: () => byId("new-record")?.click(),
    j: () => move(1),
    k: () => move(-1),
    "[": () => openBeside(-1),
    "]": () => openBeside(1),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
  const row = document.activeElement.closest?.("#rows tbody tr");
  if (event.key.toLowerCase() === "x" && row) select(row, !boxOf(row).checked || event.shiftKey, event.shiftKey);
});

document.addEventListener("rows:changed", enhance);
enhance();
mark();

// --- what comes after the list ----------------------------------------------------------------------------

import("./record.js");
import("./live.js");
