// The last filters of each list and of the log, kept by this browser for who is signed in.

const MOST = 15;
const part = () => document.getElementById("filter-history");

function read(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string").slice(0, MOST) : [];
  } catch {
    return []; // somebody else's, or no storage
  }
}

function write(key, filters) {
  try {
    localStorage.setItem(key, JSON.stringify(filters.slice(0, MOST)));
  } catch { /* full, or forbidden: then there is no history */ }
}

function show() {
  const menu = part();
  if (!menu) return;
  const { key } = menu.dataset;
  const now = new URL(location.href).searchParams.get("filter");
  const isWrong = document.getElementById("filter-problem");
  const kept = read(key);
  if (now && !isWrong && kept[0] !== now) {
    kept.splice(0, kept.length, now, ...kept.filter((one) => one !== now));
    write(key, kept);
  }
  menu.querySelector("ul").replaceChildren(...kept.slice(0, MOST).map((filter) => entry(filter, menu)));
  menu.hidden = !kept.length;
  htmx.process(menu);
}

// The list as it is, with that filter, from its beginning.
function addressWith(filter) {
  const address = new URL(document.getElementById("refresh").href);
  address.searchParams.set("filter", filter);
  address.searchParams.delete("page");
  return address.pathname + address.search;
}

function entry(filter, menu) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.className = "menu-item mono";
  link.href = addressWith(filter);
  link.textContent = filter;
  const forget = document.createElement("button");
  forget.type = "button";
  forget.className = "button ghost small";
  forget.setAttribute("aria-label", `${menu.dataset.forget}: ${filter}`);
  forget.textContent = "×";
  forget.addEventListener("click", (event) => {
    event.stopPropagation();
    write(menu.dataset.key, read(menu.dataset.key).filter((one) => one !== filter));
    item.remove();
    menu.hidden = !menu.querySelector("li");
  });
  item.append(link, forget);
  return item;
}

document.addEventListener("htmx:afterSettle", ({ detail }) => { if (detail.target?.id === "content") show(); });
show();
