// Files of a field: dropped or chosen, several times, seen before they are sent, taken away and kept after all.
import { button, icon, part } from "./icons.js";
import { tell } from "./form.js";
import "./sending.js";
import { size } from "./sizes.js";

const PICTURES = /^image\/(png|jpeg|gif|webp|svg\+xml|avif)$/;

// What was chosen in a form that was sent: browsers do not put it back when the form returns with errors.
let sent = new Map();

export function begin(form) {
  const before = form.hasAttribute("data-is-changed") ? sent : new Map();
  sent = new Map();
  for (const field of form.querySelectorAll("[data-files]")) enhance(field, before.get(field.dataset.field) ?? []);
}

function enhance(field, before) {
  const input = field.querySelector("input[type=file]");
  if (!input) return;
  const zone = field.querySelector(".drop-zone");
  const list = field.querySelector("[data-added]");
  const problem = field.querySelector("[data-files-problem]");
  const most = Number(field.dataset.most);
  let files = [];

  const stays = () => [...field.querySelectorAll("input[name^='remove.']")].filter((box) => !box.checked).length;

  const show = () => {
    const moved = new DataTransfer();
    for (const file of files) moved.items.add(file);
    input.files = moved.files;
    for (const picture of list.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
    list.replaceChildren(...files.map(row));
    list.hidden = files.length === 0;
    tell();
  };
  const row = (file) => {
    const thumb = part("span", "thumb", icon("file-text"));
    if (PICTURES.test(file.type)) thumb.replaceChildren(Object.assign(new Image(), { src: URL.createObjectURL(file), alt: "" }));
    const remove = button("ghost icon-only small", field.dataset.remove.replace("{name}", file.name), icon("x"));
    remove.addEventListener("click", () => {
      files = files.filter((one) => one !== file);
      show();
      input.focus();
    });
    const end = part("span", "push row", part("span", "muted small number", size(file.size)), remove);
    return part("li", "", thumb, part("span", "name truncate", file.name), part("span", "badge accent", field.dataset.new), end);
  };
  const add = (more) => {
    problem.hidden = true;
    const limit = Number(field.dataset.mostBytes);
    const fitting = more.filter((file) => file.size <= limit);
    const [large] = more.filter((file) => file.size > limit);
    const room = most <= 1 ? 1 : Math.max(most - stays(), 0);
    files = most <= 1 ? fitting.slice(-1) : [...files, ...fitting];
    if (large) complain(field.dataset.tooLarge.replace("{name}", large.name).replace("{size}", size(limit)));
    if (files.length > room) complain(field.dataset.tooMany.replace("{count}", most));
    files = files.slice(0, room);
    show();
  };
  const complain = (text) => {
    problem.textContent = text;
    problem.hidden = false;
  };

  input.addEventListener("change", () => add([...input.files]));
  for (const name of ["dragenter", "dragover"])
    zone.addEventListener(name, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      zone.classList.add("over");
    });
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  if (before.length) add(before);
  field.addEventListener("form:renewed", ({ detail }) => {
    if (!detail.isReset) return;
    files = [];
    problem.hidden = true;
    show();
  });
}

document.addEventListener("submit", ({ target }) => {
  if (target.id !== "record-form") return;
  sent = new Map([...target.querySelectorAll("[data-files]")].map((field) => [field.dataset.field, [...(field.querySelector("input[type=file]")?.files ?? [])]]));
}, true);

// A file that misses its place does not take the page away.
for (const name of ["dragover", "drop"])
  document.addEventListener(name, (event) => {
    if (event.dataTransfer?.types.includes("Files") && document.getElementById("record-form")) event.preventDefault();
  });
