// Draws a chart over time with uPlot, in the colours of the page. `plot.js` brings it in.
import { textOf } from "./moments.js";
import Plot from "./vendor/uplot.js";

const HEIGHT = 112;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
// Canvas knows no light-dark(): an element tells which of the two it is.
const resolved = (figure, said) => {
  figure.style.setProperty("outline-color", said);
  const value = getComputedStyle(figure).outlineColor;
  figure.style.removeProperty("outline-color");
  return value;
};
const tell = (figure, name, detail) => figure.dispatchEvent(new CustomEvent(`plot:${name}`, { detail, bubbles: true }));
// Days where it is midnight, else times.
function onAxis(second, step) {
  const moment = new Date(1000 * second);
  const [day, time] = textOf(moment, "full").split(" ");
  if (step >= 86_400 || time.startsWith("00:00:00")) return day.slice(5);
  return time.slice(0, step < 60 ? 8 : 5);
}

export function draw(figure, told) {
  const half = told.seconds / 2;
  // A span is drawn from its beginning to its end: one more point ends the last one.
  const x = [...told.x, told.x.at(-1) + told.seconds];
  const ended = (values) => [...values, values.at(-1)];
  const tip = Object.assign(document.createElement("span"), { className: "tip", hidden: true });
  const tones = { warn: "--warn-fill", bad: "--danger-fill" };
  const series = told.series.map(({ label, kind, tone }) => {
    const stroke = resolved(figure, `var(${tones[tone] ?? "--accent-mark"})`);
    const isBar = kind === "bars";
    return {
      label,
      stroke,
      width: isBar ? 0 : 1.5,
      points: { show: false },
      fill: isBar ? stroke : resolved(figure, "color-mix(in oklch, var(--accent-mark) 11%, transparent)"),
      paths: isBar ? Plot.paths.bars({ size: [1, Infinity], align: 1 }) : Plot.paths.stepped({ align: 1 }),
    };
  });
  const ink = resolved(figure, "var(--ink-3)");
  const line = resolved(figure, "var(--line)");
  const font = `11px ${colour("--font")}`;
  const axis = { stroke: ink, font, ticks: { show: false }, grid: { stroke: line, width: 1 } };
  const options = {
    width: figure.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 16, 0, 0],
    scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(high ?? 1, 1) * 1.05] } },
    axes: [
      { ...axis, grid: { show: false }, size: 24, space: 70, values: (_, seconds, __, ___, step) => seconds.map((second) => onAxis(second, step)) },
      { ...axis, size: 40, gap: 6, space: 36, values: (_, all) => all.map((one) => (Number.isInteger(one) ? short(one) : "")) },
    ],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      bind: { dblclick: () => () => tell(figure, "reset") },
    },
    series: [{}, ...series],
    hooks: {
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width < 4) return;
        tell(figure, "range", { from: 1000 * plot.posToVal(left, "x"), until: 1000 * plot.posToVal(left + width, "x") });
      }],
      setCursor: [(plot) => {
        const at = plot.cursor.left >= 0 ? spanAt(plot.posToVal(plot.cursor.left, "x")) : -1;
        tip.hidden = at < 0;
        if (at < 0) return;
        const values = told.series.filter(({ values: all }, one) => one === 0 || all[at] > 0);
        const words = values.map(({ label, values: all }) => `${all[at].toLocaleString("en")} ${label}`).join(", ");
        tip.textContent = `${textOf(new Date(1000 * told.x[at]), "short")}  ${words}`;
        const side = plot.valToPos(told.x[at] + half, "x");
        tip.style.left = `${Math.min(Math.max(side + plot.over.offsetLeft, tip.offsetWidth / 2), figure.clientWidth - tip.offsetWidth / 2)}px`;
      }],
    },
  };
  const spanAt = (second) => {
    const at = Math.floor((second - told.x[0]) / told.seconds);
    return at >= 0 && at < told.x.length ? at : -1;
  };
  figure.replaceChildren();
  const plot = new Plot(options, [x, ...told.series.map(({ values }) => ended(values))], figure);
  figure.append(tip);
  figure.title = figure.dataset.help ?? "";
  pan(figure, plot, told);
  new ResizeObserver(() => { if (figure.clientWidth) plot.setSize({ width: figure.clientWidth, height: HEIGHT }); }).observe(figure);
  // Colours are the canvas's own: another theme draws it anew.
  const again = () => {
    if (!figure.isConnected) return stop();
    stop();
    plot.destroy();
    draw(figure, told);
  };
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const watch = new MutationObserver(again);
  const stop = () => {
    watch.disconnect();
    scheme.removeEventListener("change", again);
  };
  watch.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  scheme.addEventListener("change", again);
}

// Who draws the axis along sees what was before, or behind.
function pan(figure, plot, told) {
  const axis = figure.querySelector(".u-axis");
  if (!axis) return;
  axis.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    axis.setPointerCapture(event.pointerId);
    const { min, max } = plot.scales.x;
    let by = 0;
    const move = ({ clientX }) => {
      by = ((event.clientX - clientX) / plot.over.clientWidth) * (max - min);
      plot.setScale("x", { min: min + by, max: max + by });
    };
    axis.addEventListener("pointermove", move);
    axis.addEventListener("pointerup", () => {
      axis.removeEventListener("pointermove", move);
      if (Math.abs(by) > told.seconds) tell(figure, "range", { from: 1000 * (min + by), until: 1000 * (max + by) });
    }, { once: true });
  });
}

const short = (number) => (number < 1000 ? String(number) : `${String(Math.round(number / 100) / 10)}k`);
