// The query of a view: tried while it is typed, unless that takes long. Without this, by its button.

const PAUSE_MILLISECONDS = 400;
const SLOW_MILLISECONDS = 1500;
const query = document.querySelector("[data-dry-run]");
const sample = document.getElementById("sample");
const mark = document.getElementById("query-mark");
const button = document.querySelector("[data-tries-query]");
let timer = 0;
let isRunning = false;
let isStale = false;
let isSlow = false;

function say(state) {
  mark.dataset.state = state;
  mark.textContent = mark.dataset[state] ?? "";
}

// One at a time: a query locks what it selects from.
async function run() {
  isStale = isRunning;
  if (isRunning) return;
  isRunning = true;
  say("runs");
  const began = performance.now();
  const body = new FormData();
  body.set("viewQuery", query.value);
  body.set("csrfmiddlewaretoken", query.form.elements.csrfmiddlewaretoken.value);
  const response = await fetch(query.dataset.dryRun, { method: "POST", body }).catch(() => null);
  isRunning = false;
  isSlow = performance.now() - began > SLOW_MILLISECONDS;
  if (isStale && !isSlow) {
    run();
    return;
  }
  if (!response?.ok || response.redirected) {
    say("");
    return;
  }
  // The server's own markup, in which everything that others wrote is text.
  sample.innerHTML = await response.text();
  const fits = !sample.querySelector("[data-sample=problem]");
  say(fits ? "fits" : "fails");
  query.setAttribute("aria-invalid", String(!fits));
  if (isSlow) mark.textContent += ` · ${button.dataset.slow}`;
}

query.addEventListener("input", () => {
  clearTimeout(timer);
  if (!isSlow) timer = setTimeout(run, PAUSE_MILLISECONDS);
});
button.addEventListener("click", (event) => {
  event.preventDefault();
  run();
});
button.hidden = false;
if (query.value) run();
