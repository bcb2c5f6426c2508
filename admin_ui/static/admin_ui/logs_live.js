// Following what is written into the log, in its list.

import { follow } from "./feeds.js";
import { localise } from "./moments.js";

const FOLLOW_MILLISECONDS = 1000;
const MOST_LINES = 500;
const byId = (id) => document.getElementById(id);

// New entries are asked for as they are told of, filtered and drawn by the server: once a second at most.
let enhance = () => {};
let stop = null;
let waiting = 0;
let timer = 0;

// Nothing moves while somebody reads.
const isRead = () => document.hidden || byId("rows").scrollTop > 0 || byId("panel").hidden === false || document.querySelector("#lines :checked, #rows:hover") !== null;

export function showLive() {
  const button = byId("live");
  if (!button) return;
  const isPaused = stop !== null && waiting > 0;
  button.setAttribute("aria-pressed", String(stop !== null));
  button.classList.toggle("paused", isPaused);
  byId("live-state").textContent = isPaused ? `${waiting} ${button.dataset.paused}` : "";
}

async function take() {
  timer = 0;
  const lines = byId("lines");
  if (!lines || stop === null) return;
  if (isRead()) return showLive();
  waiting = 0;
  const address = new URL(byId("refresh").href);
  address.searchParams.set("behind", lines.dataset.newest);
  const response = await fetch(address, { headers: { "X-Part": "rows" } }).catch(() => null);
  if (!response?.ok || response.redirected || !lines.isConnected) return;
  // The server's own markup, in which everything that others wrote is text.
  const template = document.createElement("template");
  template.innerHTML = `<table>${await response.text()}</table>`;
  const fresh = template.content.querySelector("#lines");
  const isGap = fresh.dataset.gap !== undefined;
  lines.dataset.newest = fresh.dataset.newest;
  localise(template.content);
  for (const row of fresh.children) row.classList.add("just-arrived");
  // Behind a gap nothing follows from what was there.
  if (isGap) lines.replaceChildren(...fresh.children);
  else lines.prepend(...fresh.children);
  for (const row of [...lines.children].slice(MOST_LINES)) row.remove();
  enhance();
}

function soon() {
  timer ||= setTimeout(take, FOLLOW_MILLISECONDS);
}

// Begin to follow, or end; `show` leads to an address, `enhance` makes links of the page quick.
export function turn(show, enhanceAll) {
  enhance = enhanceAll;
  if (stop) stop();
  waiting = 0;
  stop = stop ? null : follow("logs", (entries, dropped) => {
    waiting += entries.length + dropped;
    soon();
  });
  // Without a list there is nothing to add to: the page is asked for anew.
  if (stop && !byId("lines")) show(byId("refresh").href);
  else if (stop) soon();
  showLive();
}

// When somebody has done with reading.
for (const name of ["scroll", "pointerout", "visibilitychange", "htmx:afterSettle", "change"])
  document.addEventListener(name, () => { if (stop && waiting && !isRead()) soon(); }, true);

