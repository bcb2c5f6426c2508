// A record that is made or changed while another one waits: its form takes the place of the other on the sheet,
// and gives it back with what was saved. The waiting form stays as it is, outside of the page.
import { toast } from "../notices.js";
import { behind, form, hasChanges, mayLeave } from "./form.js";

const panel = () => document.getElementById("panel");
const waiting = [];
let isSending = false;

// Opens the form at an address; `done({ id, label, address })` is called when it has been saved.
export async function openInside(href, done) {
  const address = new URL(href);
  address.search = "?inside=1";
  const next = await ask(address, { headers: { "X-Part": "panel" } });
  const found = next?.querySelector("#panel");
  if (!found) return;
  const here = panel();
  const body = here.querySelector(".panel-body");
  waiting.push({ here, done, address, focus: document.activeElement, top: body.scrollTop });
  behind.push(form());
  put(found);
}

// The page that the server answers with, null for none: whoever is not signed in any more is told by the next page.
async function ask(address, options) {
  const response = await fetch(address, options).catch(() => null);
  if (!response) {
    document.dispatchEvent(new CustomEvent("htmx:sendError", { detail: {} }));
    return null;
  }
  if (new URL(response.url).pathname.endsWith("/login/")) {
    location.reload();
    return null;
  }
  if (!response.ok) {
    document.dispatchEvent(new CustomEvent("htmx:responseError", { detail: { xhr: response } }));
    return null;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  page.isSaved = response.redirected;
  page.address = response.url;
  return page;
}

function put(next) {
  panel().replaceWith(next);
  // The same as when htmx has put it there: everybody looks at what is new.
  document.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail: { target: next } }));
}

function goBack(saved) {
  const { here, done, focus, top } = waiting.pop();
  behind.pop();
  panel().replaceWith(here);
  here.querySelector(".panel-body").scrollTop = top;
  if (saved) done(saved);
  focus?.focus({ preventScroll: true });
}

async function leave() {
  if (!hasChanges(form()) || (await mayLeave())) goBack(null);
}

async function save(here) {
  if (isSending) return;
  isSending = true;
  const { address } = waiting.at(-1);
  const page = await ask(address, { method: "POST", body: new FormData(here) });
  isSending = false;
  if (!page) return;
  const saved = page.getElementById("record-form");
  const words = page.querySelector("#toasts .text")?.textContent;
  if (words) toast(words, "ok");
  if (!page.isSaved) return put(page.getElementById("panel"));
  const { record: id, label } = saved?.dataset ?? {};
  goBack(id ? { id, label, address: new URL(page.address).pathname } : null);
}

document.addEventListener("submit", (event) => {
  if (event.target.dataset.isInside === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  save(event.target);
}, true);
document.addEventListener("click", ({ target }) => { if (target.closest?.("[data-leaves-inside]")) leave(); });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || !waiting.length) return;
  if (document.querySelector("dialog[open], details.menu[open]")) return;
  event.preventDefault();
  leave();
});
// Another record was opened, or another page: what waited is given up, which somebody was asked about.
for (const name of ["htmx:afterSwap", "htmx:historyRestore"])
  document.addEventListener(name, ({ detail }) => {
    if (name === "htmx:afterSwap" && !["panel", "content"].includes(detail.target?.id)) return;
    waiting.length = 0;
    behind.length = 0;
  });
