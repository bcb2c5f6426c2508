// The diagram of relations: zoom, pan, and boxes that are moved. Where they were put is kept in this browser.
//
// Pointer: drag the ground or a box, wheel to zoom. Keys: arrows pan, + and - zoom, Ctrl 0 fits, and with Alt
// the arrows move the box that has the focus.

const KEPT = "joey-diagram";
const STEP = 20;
const ZOOM = 1.25;
const BOX_WIDTH = 220;
const LANES = { nearest: 21, width: 7, count: 6 };

const diagram = document.querySelector("[data-diagram]");
const svg = diagram?.querySelector("svg");
const boxes = new Map();
const home = svg ? { ...rectOf(svg.viewBox.baseVal) } : null;
let view = { ...home };

function rectOf({ x, y, width, height }) {
  return { x, y, width, height };
}

function show() {
  svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  diagram.querySelector("[data-told]").textContent = `${Math.round((100 * home.width) / view.width)} %`;
}

// By a factor, with what is under `point` staying there.
function zoom(factor, point = { x: view.x + view.width / 2, y: view.y + view.height / 2 }) {
  const width = Math.min(Math.max(view.width / factor, home.width / 8), home.width * 4);
  const by = width / view.width;
  view = {
    x: point.x - (point.x - view.x) * by,
    y: point.y - (point.y - view.y) * by,
    width,
    height: view.height * by,
  };
  show();
}

function fit() {
  view = { ...home };
  show();
}

function pan(x, y) {
  view.x += x;
  view.y += y;
  show();
}

const inDiagram = ({ clientX, clientY }) => new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());

// --- boxes ----------------------------------------------------------------------------------------------

function place(box, x, y) {
  box.x = Math.round(x);
  box.y = Math.round(y);
  box.part.setAttribute("transform", `translate(${box.x} ${box.y})`);
}

function rowOf(box, name) {
  const row = box.part.querySelector(`[data-name="${CSS.escape(name)}"]`);
  return box.y + Number(row?.dataset.y ?? 17);
}

// As `_path` in diagram.py.
function wire(part, at) {
  const source = boxes.get(part.dataset.source);
  const target = boxes.get(part.dataset.target);
  const [startY, endY] = [rowOf(source, part.dataset.field), rowOf(target, "id")];
  const startX = target.x > source.x ? source.x + BOX_WIDTH : source.x;
  const endX = target.x < source.x ? target.x + BOX_WIDTH : target.x;
  const lane = LANES.nearest + LANES.width * (at % LANES.count);
  const turn = startX + (target.x > source.x ? lane : -lane);
  part.querySelector("path").setAttribute("d", `M${startX},${startY}H${turn}V${endY}H${endX}`);
  const ends = part.querySelectorAll("circle");
  for (const [end, x, y] of [[ends[0], startX, startY], [ends[1], endX, endY]]) {
    end.setAttribute("cx", x);
    end.setAttribute("cy", y);
  }
}

const drawWires = () => svg.querySelectorAll(".wire-group").forEach(wire);

function keep() {
  const moved = [...boxes].filter(([, box]) => box.x !== box.home.x || box.y !== box.home.y);
  try {
    localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(moved.map(([id, { x, y }]) => [id, [x, y]]))));
  } catch {
    // Without storage they are where the server put them.
  }
}

function restore() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    // Somebody else's text.
  }
  for (const [id, where] of Object.entries(kept ?? {})) {
    const box = boxes.get(id);
    if (box && Array.isArray(where) && where.every(Number.isFinite)) place(box, where[0], where[1]);
  }
  drawWires();
}

// What a box has to do with: its lines, and the boxes at their other ends.
function light(id) {
  for (const part of svg.querySelectorAll(".lit")) part.classList.remove("lit");
  if (!id) return;
  boxes.get(id).part.classList.add("lit");
  for (const part of svg.querySelectorAll(".wire-group"))
    part.classList.toggle("lit", part.dataset.source === id || part.dataset.target === id);
}

// --- hands ----------------------------------------------------------------------------------------------

let held = null;

function take(event) {
  // A narrow page scrolls the picture instead.
  if (event.button !== 0 || getComputedStyle(svg).position === "static" || event.target.closest("button")) return;
  const id = event.target.closest("[data-box]")?.dataset.box;
  held = { at: inDiagram(event), box: boxes.get(id), hasMoved: false };
}

function move(event) {
  if (!held) {
    light(event.target.closest?.("[data-box]")?.dataset.box);
    return;
  }
  const now = inDiagram(event);
  const [x, y] = [now.x - held.at.x, now.y - held.at.y];
  if (!held.hasMoved && Math.hypot(x, y) < 4) return;
  held.hasMoved = true;
  diagram.setPointerCapture(event.pointerId);
  if (held.box) {
    place(held.box, held.box.x + x, held.box.y + y);
    held.at = now;
    drawWires();
  } else {
    pan(-x, -y);
  }
}

function leave() {
  if (held?.box && held.hasMoved) keep();
  // The click that ends a drag is no click on the name that was under it.
  if (held?.hasMoved) diagram.addEventListener("click", (event) => event.preventDefault(), { capture: true, once: true });
  held = null;
}

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function press(event) {
  const direction = DIRECTIONS[event.key];
  const box = boxes.get(document.activeElement.closest("[data-box]")?.dataset.box);
  if (direction && event.altKey && box) {
    place(box, box.x + direction[0] * STEP, box.y + direction[1] * STEP);
    drawWires();
    keep();
  } else if (direction && !event.altKey) {
    pan(direction[0] * STEP * 2, direction[1] * STEP * 2);
  } else if (["+", "="].includes(event.key) && !event.ctrlKey) {
    zoom(ZOOM);
  } else if (event.key === "-" && !event.ctrlKey) {
    zoom(1 / ZOOM);
  } else {
    return;
  }
  event.preventDefault();
}

if (diagram) {
  for (const part of svg.querySelectorAll("[data-box]")) {
    const [x, y] = part.getAttribute("transform").match(/-?\d+/g).map(Number);
    boxes.set(part.dataset.box, { part, x, y, home: { x, y } });
  }
  restore();
  diagram.querySelector(".diagram-tools").hidden = false;
  diagram.addEventListener("pointerdown", take);
  diagram.addEventListener("pointermove", move);
  diagram.addEventListener("pointerup", leave);
  diagram.addEventListener("pointercancel", leave);
  diagram.addEventListener("pointerleave", () => held || light(null));
  diagram.addEventListener("focusin", (event) => light(event.target.closest("[data-box]")?.dataset.box));
  diagram.addEventListener("keydown", press);
  diagram.addEventListener("dragstart", (event) => event.preventDefault());
  diagram.addEventListener("wheel", (event) => {
    if (getComputedStyle(svg).position === "static") return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? ZOOM : 1 / ZOOM, inDiagram(event));
  }, { passive: false });
  diagram.addEventListener("click", (event) => {
    const by = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (by === "0") fit();
    else if (by) zoom(ZOOM ** Number(by));
    if (event.target.closest("[data-resets]")) {
      for (const box of boxes.values()) place(box, box.home.x, box.home.y);
      drawWires();
      keep();
      fit();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "0" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    fit();
  });
}
