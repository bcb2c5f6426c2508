// What `sortable.js` uses of SortableJS: its core, and scrolling while one drags.
import Sortable, { AutoScroll } from "sortablejs/modular/sortable.core.esm.js";

Sortable.mount(new AutoScroll());
export default Sortable;
