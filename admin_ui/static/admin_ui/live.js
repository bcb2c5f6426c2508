// A list while others write: nothing moves under the pointer. Rows change in place, those that are gone are
// marked, new ones announced; of many changes only the number is told.
import { follow } from "./feeds.js";
import { localise } from "./moments.js";
import { addSheet } from "./sheets.js";

const PAUSE_MILLISECONDS = 600;
const MOST = 100;
const byId = (id) => document.getElementById(id);
const boxOf = (row) => row.querySelector(".check-cell input");
const rowsIn = (part) => new Map([...part.querySelectorAll("tbody tr")].map((row) => [boxOf(row).value, row]));
const rows = () => rowsIn(byId("rows"));

const changed = new Set(); // to be asked for
const gone = new Set();
const fresh = new Set(); // new ones that the list has not
let count = 0; // of all changes, where they are too many to be shown
let timer = 0;
let end = null; // what ends the stream
let wasOpen = false;

function heard(entries, dropped) {
  const known = rows();
  for (const { event, data } of entries) {
    if (event === "delete") gone.add(data.id);
    else if (event === "create" || known.has(data.id)) changed.add(data.id);
  }
  const waiting = changed.size + gone.size + fresh.size;
  if (count) count += entries.length + dropped;
  else if (dropped || waiting > MOST) count = waiting + dropped;
  lookSoon();
}

const lookSoon = () => { timer ||= setTimeout(look, PAUSE_MILLISECONDS); };

async function look() {
  const [ids, lost] = count ? [[], []] : [[...changed], [...gone]];
  changed.clear();
  gone.clear();
  if (ids.length) await renew(ids);
  for (const id of lost) {
    fresh.delete(id);
    markGone(rows().get(id));
  }
  timer = 0;
  tell();
}

async function renew(ids) {
  const asked = byId("live-news");
  const address = new URL(asked.dataset.rows, location.href);
  for (const id of ids) address.searchParams.append("ids", id);
  if (!document.querySelector("#rows .no-thumbs")) address.searchParams.set("pictures", "1");
  const response = await fetch(address).catch(() => null);
  if (!response?.ok || response.redirected || asked !== byId("live-news")) return; // another list by now
  const answer = new DOMParser().parseFromString(await response.text(), "text/html");
  localise(answer);
  const found = rowsIn(answer);
  const known = rows();
  for (const id of ids) {
    const [old, now] = [known.get(id), found.get(id)];
    if (old && now) replace(old, document.importNode(now, true));
    else if (old) markGone(old);
    else if (now) fresh.add(id);
  }
}

function replace(old, row) {
  if (old.innerHTML === row.innerHTML) return;
  const hadFocus = old.contains(document.activeElement);
  boxOf(row).checked = boxOf(old).checked;
  row.className = old.classList.contains("current") ? "current just-arrived" : "just-arrived";
  old.replaceWith(row);
  if (hadFocus) row.querySelector(".title-cell a").focus({ preventScroll: true });
  document.dispatchEvent(new Event("rows:changed"));
}

function markGone(row) {
  if (!row) return;
  row.classList.add("gone");
  boxOf(row).checked = false;
  boxOf(row).disabled = true;
}

// What the list does not show yet: how much, and where to see it.
function tell() {
  const news = byId("live-news");
  if (!news) return;
  for (const id of rows().keys()) fresh.delete(id);
  const { one, several, changes } = news.dataset;
  const text = count ? changes : fresh.size === 1 ? one : several;
  news.hidden = !count && !fresh.size;
  news.lastElementChild.textContent = text.replace("{count}", count || fresh.size);
  const refresh = byId("refresh");
  const isStale = !news.hidden || Boolean(document.querySelector("#rows .gone"));
  refresh.classList.toggle("stale", isStale);
  if (isStale) refresh.title = refresh.ariaLabel = refresh.dataset.stale;
}

// A stream is a connection, and a browser has few of them: a page that nobody sees has none.
function watch() {
  const channel = byId("live-news")?.dataset.channel;
  if (!channel || document.hidden) {
    end?.();
    end = null;
  } else end ??= follow(channel, heard, () => {
    byId("live").hidden = false;
    // What may have been missed.
    if (wasOpen) for (const id of rows().keys()) changed.add(id);
    wasOpen = true;
    lookSoon();
  });
  byId("live").hidden = !end;
}

document.addEventListener("visibilitychange", watch);
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "content") {
    for (const some of [changed, gone, fresh]) some.clear();
    count = 0;
    byId("live").hidden = !end;
  }
  tell();
});
addSheet(new URL("live.css", import.meta.url).href);
addEventListener("pagehide", () => end?.());
watch();
