// The shell around every page: jumping, shortcuts, theme, the sidebar's width and filter, toasts.
//
// Listeners are the document's, because parts of a page are replaced while it stays. Without this script every
// place is still reached by its link and everything is done by its form.

import "./busy.js";
import { copy, isTyping, leaveSoon, toast, words } from "./notices.js";

const byId = (id) => document.getElementById(id);

// --- other tabs -----------------------------------------------------------------------------------------

// Settings or collections have changed in another tab: what stands around the page follows, the page itself stays.
const changes = new BroadcastChannel("changes");

async function followChanges() {
  const response = await fetch(location.href).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const [scroll, others] = [document, fresh].map((page) => page.querySelector(".sidebar-scroll"));
  if (!others) return;
  const titles = [...scroll.querySelectorAll("details[open] > summary")].map((part) => part.textContent.trim());
  for (const part of others.querySelectorAll("summary"))
    if (titles.includes(part.textContent.trim())) part.parentElement.open = true;
  scroll.replaceChildren(...others.childNodes);
  document.querySelector(".brand-name").textContent = fresh.querySelector(".brand-name").textContent;
  const ending = (title) => title.slice(title.lastIndexOf(" · "));
  document.title = document.title.replace(ending(document.title), ending(fresh.title));
  const sheet = document.querySelector("link[href*='theme.css']");
  const next = fresh.querySelector("link[href*='theme.css']");
  if (sheet.getAttribute("href") !== next.getAttribute("href")) {
    next.addEventListener("load", () => sheet.remove());
    sheet.after(next);
  }
  showButtons();
}
changes.addEventListener("message", followChanges);

// --- what comes with a part -----------------------------------------------------------------------------

const watchToasts = () => document.querySelectorAll(".toast:not([data-seen])").forEach((part) => {
  part.dataset.seen = "";
  leaveSoon(part);
  if (part.classList.contains("tells-tabs")) changes.postMessage("shell");
});

// Buttons that need a script appear with it.
function showButtons() {
  for (const part of document.querySelectorAll("[data-copies], [data-copies-json], [data-makes-password], .nav-filter"))
    part.hidden = false;
}

// --- jumping --------------------------------------------------------------------------------------------

const jump = byId("jump");
const jumpInput = jump.querySelector("input");
const jumpList = byId("jump-list");
let asked = 0;

async function find() {
  const mine = (asked += 1);
  const address = `${jumpInput.form.action}?q=${encodeURIComponent(jumpInput.value)}`;
  const response = await fetch(address, { headers: { "X-Part": "jump" } }).catch(() => null);
  if (!response?.ok || response.redirected || mine !== asked) return;
  // The server's own markup, in which everything that others wrote is text.
  jumpList.innerHTML = await response.text();
  choose(jumpList.querySelector("a"));
}

function choose(place) {
  for (const other of jumpList.querySelectorAll("a")) {
    const isChosen = other === place;
    other.classList.toggle("active", isChosen);
    other.setAttribute("aria-selected", String(isChosen));
  }
  jumpInput.setAttribute("aria-activedescendant", place?.id ?? "");
  place?.scrollIntoView({ block: "nearest" });
}

function open(id) {
  const dialog = byId(id);
  if (document.querySelector("dialog[open]")) return;
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  dialog.showModal();
  if (dialog === jump) {
    jumpInput.select();
    find();
  }
}

jumpInput.addEventListener("input", find);
jumpInput.form.addEventListener("submit", (event) => {
  event.preventDefault();
  jumpList.querySelector("a.active")?.click();
});
jumpInput.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const places = [...jumpList.querySelectorAll("a")];
  const at = places.findIndex((place) => place.classList.contains("active"));
  choose(places[(at + step + places.length) % places.length]);
});
for (const dialog of document.querySelectorAll("dialog"))
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

// --- shortcuts ------------------------------------------------------------------------------------------

let before = "";

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open("jump");
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") open("keys");
  if (before === "g") document.querySelector(`.sidebar a[data-goes="${CSS.escape(event.key)}"]`)?.click();
  before = event.key;
});

// --- clicks ---------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener && !event.ctrlKey && !event.metaKey && event.button === 0) {
    event.preventDefault();
    open(opener.dataset.opens);
  }
  event.target.closest("[data-closes-toast]")?.closest(".toast").remove();
  const copied = event.target.closest("[data-copies]");
  if (copied) copy(copied.dataset.copies, copied.dataset.copiesWhat ?? "Id");
  if (event.target.closest("[data-copies-json]")) copy(byId("record-json").textContent, "JSON");
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  event.preventDefault(); // or the sheet below it would close, too
  menu.open = false;
  menu.querySelector("summary").focus();
});

// --- language -------------------------------------------------------------------------------------------

byId("language-form")?.addEventListener("change", ({ currentTarget: form }) => form.requestSubmit());

// --- theme ----------------------------------------------------------------------------------------------

const themes = new BroadcastChannel("theme");

function show(theme) {
  const { dataset } = document.documentElement;
  if (theme === "auto") delete dataset.theme;
  else dataset.theme = theme;
  const box = document.querySelector(`#theme-form [value="${CSS.escape(theme)}"]`);
  if (box) box.checked = true;
}

byId("theme-form").addEventListener("change", ({ currentTarget: form, target }) => {
  show(target.value);
  themes.postMessage(target.value);
  fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
});
themes.addEventListener("message", ({ data }) => show(data));

// --- sidebar --------------------------------------------------------------------------------------------

const grip = document.querySelector(".sidebar-grip");
const [NARROWEST, WIDEST] = [200, 400];

function widen(width) {
  const rounded = Math.round(Math.min(Math.max(width, NARROWEST), WIDEST));
  document.documentElement.style.setProperty("--sidebar", `${rounded}px`);
  grip.setAttribute("aria-valuenow", rounded);
  localStorage.setItem("sidebar", rounded);
}

grip.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  const sign = document.dir === "rtl" ? -1 : 1;
  const start = grip.parentElement.offsetWidth - sign * event.clientX;
  const move = ({ clientX }) => widen(start + sign * clientX);
  grip.addEventListener("pointermove", move);
  grip.addEventListener("pointerup", () => grip.removeEventListener("pointermove", move), { once: true });
});
grip.addEventListener("keydown", ({ key }) => {
  const step = { ArrowRight: 16, ArrowLeft: -16 }[key] * (document.dir === "rtl" ? -1 : 1);
  if (step) widen(grip.parentElement.offsetWidth + step);
});

document.addEventListener("input", ({ target }) => {
  if (!target.dataset.filters) return;
  const words = target.value.trim().toLowerCase();
  for (const group of target.dataset.filters.split(" ").map(byId)) {
    for (const item of group.querySelectorAll(".nav-item"))
      item.hidden = !`${item.textContent} ${item.dataset.words}`.toLowerCase().includes(words);
    if (words) for (const details of group.querySelectorAll("details")) details.open = true;
  }
});
document.querySelector(".sidebar-scroll [aria-current]")?.scrollIntoView({ block: "nearest" });

// --- what comes with htmx -------------------------------------------------------------------------------

document.addEventListener("htmx:afterSettle", () => {
  watchToasts();
  showButtons();
});
const refusal = (status) => (status === 413 ? words("tooLarge") : words("refused").replace("{status}", status));
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
  document.addEventListener(name, ({ detail }) =>
    toast(detail.xhr?.status ? refusal(detail.xhr.status) : words("unreachable"), "error"));
// Who is not signed in any more is led to the form, and comes back from there.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (new URL(event.detail.xhr.responseURL).pathname.endsWith("/login/")) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

// Drafts of records (form/draft.js) are nobody else's.
document.addEventListener("submit", ({ target }) => {
  if (target.id !== "logout-form") return;
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
}, true);

// Moving in menus by keys, and tips, come with the first one that somebody looks at.
for (const name of ["pointerover", "focusin"])
  document.addEventListener(name, async ({ target }) => {
    if (target.closest?.("details.menu")) import("./menus.js");
    if (!target.closest?.("[title], [data-tip]") || (name === "focusin" && !target.matches(":focus-visible"))) return;
    const { show } = await import("./tips.js");
    show(target);
  });

watchToasts();
showButtons();
