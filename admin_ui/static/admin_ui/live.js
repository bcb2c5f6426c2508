// Keeps a list fresh while others write: rows change in place, those that are gone are marked, and new ones are
// announced, so that nothing moves under the pointer. Of many changes at once only their number is told.
import { follow } from "./feeds.js";

const PAUSE_MILLISECONDS = 600;
const MOST = 100;
const byId = (id) => document.getElementById(id);
const news = () => byId("live-news");
const rows = () => new Map([...document.querySelectorAll("#rows tbody tr")].map((row) => [idOf(row), row]));
const idOf = (row) => row.querySelector(".check-cell input").value;

let changed = new Set(); // to be asked for
let gone = new Set();
let fresh = new Set(); // new ones that the list has not
let count = 0; // of changes since the list was loaded that it does not show
let timer = 0;
let end = null;

function heard(entries, dropped) {
  if (count) count += entries.length + dropped;
  else for (const { event, data } of entries) {
    if (event === "delete") { gone.add(data.id); changed.delete(data.id); }
    else if (event === "create" || rows().has(data.id)) changed.add(data.id);
  }
  if (!count && (dropped || changed.size + gone.size + fresh.size > MOST)) count = changed.size + gone.size + fresh.size + dropped;
  timer ||= setTimeout(look, PAUSE_MILLISECONDS);
}

async function look() {
  const ids = count ? [] : [...changed].slice(0, MOST);
  changed.clear();
  try {
    if (ids.length) await renew(ids);
    for (const id of count ? [] : gone) {
      fresh.delete(id);
      markGone(rows().get(id));
    }
    gone.clear();
  } finally {
    timer = 0;
  }
  tell();
}

async function renew(ids) {
  const asked = news();
  const address = new URL(asked.dataset.rows, location.href);
  for (const id of ids) address.searchParams.append("ids", id);
  if (!document.querySelector("#rows .no-thumbs")) address.searchParams.set("pictures", "1");
  const response = await fetch(address, { headers: { "X-Part": "rows" } }).catch(() => null);
  if (!response?.ok || response.redirected || asked !== news()) return; // another list by now
  const part = new DOMParser().parseFromString(await response.text(), "text/html");
  const known = rows();
  const found = new Map([...part.querySelectorAll("tbody tr")].map((row) => [idOf(row), row]));
  for (const id of ids) {
    const [old, now] = [known.get(id), found.get(id)];
    if (old && now) replace(old, now);
    else if (old) markGone(old);
    else if (now) fresh.add(id);
  }
}

function replace(old, now) {
  const row = document.importNode(now, true);
  const box = old.querySelector(".check-cell input");
  const hadFocus = old.contains(document.activeElement);
  const same = old.innerHTML === row.innerHTML;
  if (same && !old.classList.contains("gone")) return;
  row.querySelector(".check-cell input").checked = box.checked;
  row.classList.toggle("current", old.classList.contains("current"));
  row.classList.add("just-arrived");
  old.replaceWith(row);
  if (hadFocus) row.querySelector(".title-cell a").focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("rows:changed"));
}

function markGone(row) {
  if (!row) return;
  const box = row.querySelector(".check-cell input");
  row.classList.add("gone");
  box.checked = false;
  box.disabled = true;
}

// What the list does not show yet: how much, and where to see it.
function tell() {
  const part = news();
  if (!part) return;
  for (const id of rows().keys()) fresh.delete(id);
  const { one, new: several, changes } = part.dataset;
  const text = count ? changes.replace("{count}", count) : fresh.size === 1 ? one : several.replace("{count}", fresh.size);
  part.hidden = !count && !fresh.size;
  part.querySelector("span").textContent = text;
  const isStale = !part.hidden || Boolean(document.querySelector("#rows .gone"));
  const refresh = byId("refresh");
  refresh.classList.toggle("stale", isStale);
  if (isStale) refresh.title = refresh.dataset.stale;
  if (isStale) refresh.setAttribute("aria-label", refresh.dataset.stale);
}

function forget() {
  [changed, gone, fresh] = [new Set(), new Set(), new Set()];
  count = 0;
  tell();
}

// A stream is a connection, and a browser has few of them: a page that nobody sees has none.
let wasOpen = false;
function watch() {
  const { channel } = news()?.dataset ?? {};
  if (!channel || document.hidden) {
    end?.();
    end = null;
    byId("live").hidden = true;
    return;
  }
  end ??= follow(channel, heard, () => {
    byId("live").hidden = false;
    if (wasOpen) { // what was missed meanwhile
      for (const id of rows().keys()) changed.add(id);
      timer ||= setTimeout(look, PAUSE_MILLISECONDS);
    }
    wasOpen = true;
  });
}

document.addEventListener("visibilitychange", watch);
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "content") {
    forget();
    byId("live").hidden = !end;
  } else tell();
});
addEventListener("pagehide", () => end?.());
watch();
