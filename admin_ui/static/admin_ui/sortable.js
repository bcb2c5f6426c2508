// Lists that people put in order: by dragging a handle, or by buttons, which keys press too.
//
// `<ol data-sortable>`; in each `<li>` a `<span data-handle hidden>` and buttons `<button type="button"
// data-move="-1" hidden>` (up) and `data-move="1"` (down). The order of the inputs in the form is the order. After
// each move the list fires `change`. SortableJS comes with the first list that is there.
let library = null;

async function enhance() {
  const lists = document.querySelectorAll("[data-sortable]:not([data-is-sortable])");
  showHandles();
  if (!lists.length) return;
  for (const list of lists) list.dataset.isSortable = "";
  library ??= import("./vendor/sortable.js");
  const { default: Sortable } = await library;
  for (const list of lists)
    Sortable.create(list, {
      handle: "[data-handle]",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 110,
      // The same everywhere, and beside the form: what is dragged is a copy, whose inputs must not be sent.
      forceFallback: true,
      fallbackOnBody: true,
      fallbackTolerance: 4,
      ghostClass: "is-place",
      fallbackClass: "is-dragged",
      onEnd: ({ oldIndex, newIndex }) => { if (oldIndex !== newIndex) tell(list); },
    });
}

// Handles and buttons mean nothing without this script, so they come with it.
export function showHandles() {
  for (const part of document.querySelectorAll("[data-sortable] :is([data-handle], [data-move])[hidden]"))
    part.hidden = false;
}

function tell(list) {
  list.dispatchEvent(new Event("change", { bubbles: true }));
}

function move(button) {
  const item = button.closest("[data-sortable] > *");
  const isUp = button.dataset.move === "-1";
  const other = isUp ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (isUp) other.before(item);
  else other.after(item);
  button.focus();
  item.scrollIntoView({ block: "nearest" });
  tell(item.parentElement);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-sortable] [data-move]");
  if (button) move(button);
});
document.addEventListener("htmx:afterSettle", enhance);
enhance();
