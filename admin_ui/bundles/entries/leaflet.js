// What `form/map.js` uses of Leaflet.
export { Map, Marker, TileLayer, DivIcon } from "leaflet/dist/leaflet-src.esm.js";
