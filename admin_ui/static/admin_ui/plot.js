// Charts over time that one zooms: `<figure data-plot="ADDRESS">`. docs/dashboard.md has the JSON of the address.
//
// What draws them comes when a figure is there. What somebody does with a chart is told by events, which bubble:
// `plot:loaded` with the JSON, `plot:range` with `{ from, until }` in milliseconds, and `plot:reset`.
let drawing = null;

async function load(figure) {
  figure.dataset.plotReady = "";
  drawing ??= import("./plot_drawing.js");
  const response = await fetch(figure.dataset.plot).catch(() => null);
  if (!response?.ok || response.redirected || !figure.isConnected) return figure.classList.add("is-missing");
  const told = await response.json();
  figure.dispatchEvent(new CustomEvent("plot:loaded", { detail: told, bubbles: true }));
  if (!told.x.length) return;
  const { draw } = await drawing;
  if (figure.isConnected) draw(figure, told);
}

export function loadPlots() {
  for (const figure of document.querySelectorAll("figure[data-plot]:not([data-plot-ready])")) load(figure);
}

document.addEventListener("htmx:afterSettle", loadPlots);
loadPlots();
