// Menus by keys: arrows move, letters find, and where a menu has a search box, what is typed there is what is left.
const items = (menu) => [...menu.querySelectorAll("a.menu-item, button.menu-item, label.menu-item input, .popup > form input, .popup .row button")].filter((item) => item.offsetParent !== null && !item.disabled);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  const next = { ArrowDown: all[at + 1] ?? all[0], ArrowUp: at > 0 ? all[at - 1] : all.at(-1), Home: all[0], End: all.at(-1) }[event.key];
  const isTyping = event.target.matches("input:not([type=checkbox], [type=radio])");
  if (next && !(isTyping && ["Home", "End"].includes(event.key)) && !event.target.matches("[type=radio]")) {
    event.preventDefault();
    next.focus();
    return;
  }
  if (isTyping || event.key.length !== 1 || event.key === " ") return;
  const words = (item) => (item.closest("label") ?? item).textContent.trim().toLowerCase();
  const later = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  const found = later.find((item) => words(item).startsWith(event.key.toLowerCase()));
  if (!found) return;
  event.preventDefault();
  event.stopPropagation(); // a letter may be a shortcut of the page
  found.focus();
}, true);

document.addEventListener("input", ({ target }) => {
  const menu = target.matches?.("[data-searches-menu]") && target.closest("details.menu");
  if (!menu) return;
  const words = target.value.toLowerCase();
  for (const item of menu.querySelectorAll(".menu-item")) item.hidden = !item.textContent.toLowerCase().includes(words);
});
