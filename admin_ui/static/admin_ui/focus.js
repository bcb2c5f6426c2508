// Where the focus goes when a list comes anew, with the control in it that had the focus. Controls that have an id
// get it back by htmx; of the others nobody knows which they were.
const byId = (id) => document.getElementById(id);

export function focusList() {
  if (document.activeElement !== document.body) return;
  const place = byId("filter-problem") ? byId("filter") : byId("rows");
  (place ?? byId("content")).focus({ preventScroll: true });
}
