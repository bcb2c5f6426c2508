// The menu of earlier filters, of a list or of the log: what fills it comes when it is opened, or when there is a
// filter to be kept.
const load = () => import("./filter_history.js");

function begin() {
  const menu = document.getElementById("filter-history");
  if (!menu) return;
  if (new URLSearchParams(location.search).get("filter")) load();
  else if (localStorage.getItem(menu.dataset.key)) menu.hidden = false;
  menu.addEventListener("toggle", load, { once: true });
}

document.addEventListener("htmx:afterSettle", begin);
begin();
