// The SQL console: running without leaving, sorting and drawing what is there, keys.
const MOST_BARS = 30;
const SVG = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);
const form = byId("sql-form");

// Only what was answered is replaced: what stands in the editor stays, with its history of changes.
for (const [name, value] of Object.entries({
  "hx-post": form.action,
  "hx-target": "#sql-result",
  "hx-select": "#sql-result",
  "hx-swap": "outerHTML",
  "hx-select-oob": "#sql-kept,#toasts",
  "hx-disabled-elt": "#run",
})) form.setAttribute(name, value);
htmx.process(form);

// The button that was pressed stands outside of the form, where htmx does not see it.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const button = detail.triggeringEvent?.submitter;
  if (detail.elt === form && button?.name) detail.parameters[button.name] = button.value;
});

// A file is a download, not a part of the page; and what is kept has an address of its own.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, triggeringEvent } = event.detail;
  const button = triggeringEvent?.submitter;
  if (elt !== form || !button?.hasAttribute("formaction")) return;
  event.preventDefault();
  const plain = document.createElement("form");
  Object.assign(plain, { method: "post", action: button.formAction, hidden: true });
  for (const [name, value] of new FormData(form, button)) plain.append(Object.assign(document.createElement("input"), { name, value }));
  document.body.append(plain);
  plain.submit();
  plain.remove();
});
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt === form) byId("sql-result").classList.add("is-loading");
});
document.addEventListener("htmx:afterRequest", () => byId("sql-result").classList.remove("is-loading"));

// --- the table ------------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll("#result tbody tr")];
const textOf = (row, at) => (row.cells[at].querySelector(".null") ? null : row.cells[at].textContent);

// NULL comes last, whichever the direction; as the server sorts.
function sort(head) {
  const cell = head.closest("th");
  const isDescending = cell.getAttribute("aria-sort") === "ascending";
  const isNumber = cell.classList.contains("number-cell");
  const at = cell.cellIndex;
  const sign = isDescending ? -1 : 1;
  const sorted = rows()
    .map((row) => ({ row, text: textOf(row, at) }))
    .sort((a, b) => {
      if (a.text === null || b.text === null) return (a.text === null) - (b.text === null);
      return sign * (isNumber ? Number(a.text) - Number(b.text) : a.text.localeCompare(b.text));
    })
    .map(({ row }) => row);
  const [first, others] = document.querySelectorAll("#result tbody");
  const count = first.rows.length;
  first.replaceChildren(...sorted.slice(0, count));
  others?.replaceChildren(...sorted.slice(count));
  sorted.forEach((row, number) => { row.cells[0].textContent = number + 1; });
  for (const one of cell.parentElement.cells) one.removeAttribute("aria-sort");
  cell.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
  draw();
}

// --- the chart ------------------------------------------------------------------------------------------

function draw() {
  const chart = byId("sql-chart");
  if (!chart || chart.hidden) return;
  const [values, labels] = [Number(byId("chart-values").value), Number(byId("chart-labels").value)];
  const shown = rows().filter((row) => textOf(row, values) !== null).slice(0, MOST_BARS);
  const most = Math.max(...shown.map((row) => Math.abs(Number(textOf(row, values)))), 0) || 1;
  const bars = shown.map((row) => {
    const value = Number(textOf(row, values));
    const item = document.createElement("li");
    const label = Object.assign(document.createElement("span"), { className: "truncate", textContent: textOf(row, labels) ?? "NULL" });
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 100 10");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const bar = document.createElementNS(SVG, "rect");
    bar.setAttribute("class", value < 0 ? "bar below" : "bar");
    bar.setAttribute("width", (100 * Math.abs(value)) / most);
    bar.setAttribute("height", "10");
    svg.append(bar);
    item.append(label, svg, Object.assign(document.createElement("b"), { textContent: value.toLocaleString("en") }));
    return item;
  });
  chart.querySelector(".bar-list").replaceChildren(...bars);
  const all = rows().length;
  byId("chart-told").textContent = shown.length < all ? chart.dataset.words.replace("{count}", shown.length).replace("{all}", all) : "";
}

// --- all of it ------------------------------------------------------------------------------------------

function enhance() {
  const others = byId("others");
  const button = byId("show-others");
  if (others && button && button.dataset.isReady === undefined) {
    button.dataset.isReady = "";
    button.hidden = others.hidden = true;
    button.hidden = false;
  }
  const chartSwitch = byId("chart-switch");
  if (chartSwitch) chartSwitch.hidden = !byId("chart-values")?.options.length;
}

document.addEventListener("click", (event) => {
  const head = event.target.closest?.("#result .head");
  if (head) {
    event.preventDefault();
    sort(head);
  }
  if (event.target.closest?.("#show-others")) {
    byId("others").hidden = false;
    byId("show-others").hidden = true;
  }
  const chartSwitch = event.target.closest?.("#chart-switch");
  if (chartSwitch) {
    const chart = byId("sql-chart");
    chart.hidden = !chart.hidden;
    chartSwitch.setAttribute("aria-expanded", String(!chart.hidden));
    draw();
  }
});
document.addEventListener("change", ({ target }) => {
  if (target.matches?.("#chart-values, #chart-labels")) draw();
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    form.requestSubmit(byId("run"));
  }
  // Enter in the name saves it, and runs nothing.
  if (event.key === "Enter" && event.target.name === "name") {
    event.preventDefault();
    event.target.closest(".popup").querySelector("[name=save]").click();
  }
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  enhance();
  if (detail.target?.id === "sql-result") byId("sql-result").focus({ preventScroll: true });
});
enhance();
