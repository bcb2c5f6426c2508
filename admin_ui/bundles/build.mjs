// Makes what the dashboard brings along of other people's work: `npm ci && node build.mjs`, in this folder.
//
// Versions are those of the lock file, icons those of icons.txt. Everything goes to ../static/admin_ui/vendor/,
// each with its licence; nothing there is written by hand.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const MODULES = new URL("node_modules/", import.meta.url);
const TO = new URL("../static/admin_ui/vendor/", import.meta.url);

function copy(from, to) {
  copyFileSync(new URL(from, MODULES), new URL(to, TO));
}

// One module of several packages: `entries/NAME.js` says what of them is used.
async function bundle(name, licence) {
  await build({
    entryPoints: [new URL(`entries/${name}.js`, import.meta.url).pathname],
    outfile: new URL(`${name}.js`, TO).pathname,
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    legalComments: "none",
  });
  copy(licence, `${name}-LICENSE.txt`);
}

function symbol(name) {
  const svg = readFileSync(new URL(`lucide-static/icons/${name}.svg`, MODULES), "utf-8");
  const [, shapes] = /<svg[^>]*>(.*)<\/svg>/s.exec(svg);
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replaceAll(/\s*\n\s*/g, "").replaceAll(" />", "/>")}</symbol>`;
}

const { version } = JSON.parse(readFileSync(new URL("lucide-static/package.json", MODULES)));
const names = readFileSync(new URL("icons.txt", import.meta.url), "utf-8").trim().split("\n");
const note = `<!-- Icons of Lucide ${version} (ISC, icons-LICENSE.txt): those of bundles/icons.txt. -->`;
writeFileSync(
  new URL("icons.svg", TO),
  `<svg xmlns="http://www.w3.org/2000/svg">\n${note}\n${names.map(symbol).join("\n")}\n</svg>\n`,
);
copy("lucide-static/LICENSE", "icons-LICENSE.txt");
copy("htmx.org/dist/htmx.min.js", "htmx.min.js");
copy("htmx.org/LICENSE", "htmx-LICENSE.txt");
await bundle("uplot", "uplot/LICENSE");
await bundle("codemirror", "codemirror/LICENSE");
await bundle("sortable", "sortablejs/LICENSE");
await bundle("tiptap", "@tiptap/core/LICENSE.md");
await bundle("leaflet", "leaflet/LICENSE");
copy("leaflet/dist/leaflet.css", "leaflet.css");
