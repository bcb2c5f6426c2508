// The map beside a point. Only pages whose server names a host for the map's pictures have one; when these do not
// come, the two numbers are there as ever.
import { DivIcon, Map, Marker, TileLayer } from "../vendor/leaflet.js";
import { addSheet } from "../sheets.js";
import { tell } from "./form.js";

const WORLD = 1;
const NEAR = 12;
const DIGITS = 6;
const MOST_FAILURES = 3;

export function begin(form) {
  addSheet(new URL("../vendor/leaflet.css", import.meta.url).href);
  form.querySelectorAll("[data-map]").forEach(enhance);
}

function enhance(field) {
  const [longitude, latitude] = field.querySelectorAll("input[data-range]");
  const box = document.createElement("div");
  box.className = "map-box";
  field.querySelector(".form-grid").after(box);

  const point = () => {
    const [lng, lat] = [Number(longitude.value), Number(latitude.value)];
    const isThere = Math.abs(lng) <= 180 && Math.abs(lat) <= 90;
    return isThere ? { lat, lng } : { lat: 0, lng: 0 };
  };
  const isSet = () => Number(longitude.value) !== 0 || Number(latitude.value) !== 0;
  const map = new Map(box, { zoomControl: true, attributionControl: true, scrollWheelZoom: false });
  map.attributionControl.setPrefix(false);
  map.setView(point(), isSet() ? NEAR : WORLD);
  const icon = new DivIcon({ className: "map-pin", iconSize: [24, 24], iconAnchor: [12, 12] });
  const marker = new Marker(point(), { draggable: !longitude.readOnly, icon, title: field.dataset.drag, alt: field.dataset.drag }).addTo(map);
  const tiles = new TileLayer(field.dataset.map, { attribution: escaped(field.dataset.attribution), maxZoom: 19, referrerPolicy: "origin" });

  let failures = 0;
  tiles.on("tileload", () => { failures = 0; });
  tiles.on("tileerror", () => {
    failures += 1;
    if (failures < MOST_FAILURES || !box.isConnected) return;
    const words = Object.assign(document.createElement("p"), { className: "field-help", textContent: field.dataset.gone });
    box.replaceWith(words);
    map.remove();
  });
  tiles.addTo(map);

  const set = ({ lat, lng }) => {
    if (longitude.readOnly) return;
    const around = ((((lng + 180) % 360) + 360) % 360) - 180;
    longitude.value = Number(around.toFixed(DIGITS));
    latitude.value = Number(lat.toFixed(DIGITS));
    marker.setLatLng(point());
    tell();
  };
  marker.on("dragend", () => set(marker.getLatLng()));
  map.on("click contextmenu", ({ latlng }) => set(latlng));
  const follow = () => {
    marker.setLatLng(point());
    map.setView(point(), Math.max(map.getZoom(), isSet() ? NEAR : WORLD));
  };
  for (const input of [longitude, latitude]) input.addEventListener("change", follow);
  field.addEventListener("form:renewed", follow);
  // The sheet slides in: its size is known a little later.
  new ResizeObserver(() => { if (box.isConnected) map.invalidateSize(); }).observe(box);
}

// Leaflet takes it for HTML.
function escaped(text) {
  const part = document.createElement("span");
  part.textContent = text;
  return part.innerHTML;
}
