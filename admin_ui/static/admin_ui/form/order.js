// Lists of files and related records in the order that somebody gives them (sortable.js); the numbers that stand
// beside them without scripts are not sent then.
import "../sortable.js";

const idOf = (item) => item.dataset.id ?? item.dataset.name;
const ids = (list) => [...list.children].map(idOf);

export function begin(form) {
  for (const list of form.querySelectorAll("[data-sortable]")) {
    const before = ids(list);
    withoutPlaces(list);
    list.closest(".field").addEventListener("form:renewed", ({ detail }) => {
      if (!detail.isReset) return look();
      const place = (item) => (before.indexOf(idOf(item)) + before.length + 1) % (before.length + 1);
      list.append(...[...list.children].sort((a, b) => place(a) - place(b)));
      delete list.dataset.isMoved;
    });
    // Only what was there before counts: what was added is a change already.
    const look = () => {
      const now = ids(list).filter((id) => before.includes(id));
      if (now.join("\n") === before.filter((id) => now.includes(id)).join("\n")) delete list.dataset.isMoved;
      else list.dataset.isMoved = "";
    };
    list.addEventListener("change", look);
  }
}

export function withoutPlaces(part) {
  for (const place of part.querySelectorAll("[data-place]")) place.remove();
}
