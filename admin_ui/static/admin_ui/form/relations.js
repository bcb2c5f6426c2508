// Related records: found by what they are called, chosen, put in order, made and changed without leaving the form.
import { button, icon } from "./icons.js";
import { toast } from "../notices.js";
import { tell } from "./form.js";
import { openInside } from "./inside.js";
import { withoutPlaces } from "./order.js";

const SEARCH_MILLISECONDS = 150;

const most = (field) => Number(field.dataset.most);
const chosenIn = (field) => [...field.querySelectorAll("[data-chosen] input[type=checkbox]")];
const isChosen = (field, id) => chosenIn(field).some((box) => box.value === id && box.checked);

export function begin(form) {
  form.querySelectorAll("[data-relation]").forEach(enhance);
}

// What is chosen, for a draft: ids and what they are called.
export function chosenOf(field) {
  return chosenIn(field).filter((box) => box.checked).map((box) => [box.value, box.closest("li").querySelector(".label").textContent]);
}

export function restoreChosen(field, chosen) {
  const list = field.querySelector("[data-chosen]");
  for (const box of chosenIn(field)) box.checked = false;
  for (const [id, label] of chosen) {
    add(field, { id, label });
    const item = chosenIn(field).find((box) => box.value === id)?.closest("li");
    if (item) list.append(item);
  }
}

// Chooses a record; whether there was room for it.
function add(field, { id, label, address }) {
  const known = chosenIn(field).find((box) => box.value === id);
  const count = chosenIn(field).filter((box) => box.checked).length;
  if (most(field) <= 1) for (const box of chosenIn(field)) box.checked = false;
  else if (count >= most(field) && !known?.checked) {
    toast(field.dataset.full.replace("{most}", most(field)), "error");
    return false;
  }
  if (known) known.checked = true;
  else field.querySelector("[data-chosen]").append(made(field, { id, label, address }));
  look(field);
  return true;
}

function made(field, { id, label, address }) {
  const item = field.querySelector("template[data-chosen-one]").content.firstElementChild.cloneNode(true);
  const box = item.querySelector("input[type=checkbox]");
  item.dataset.id = id;
  item.dataset.isNew = "";
  box.value = id;
  box.defaultChecked = false;
  box.checked = true;
  withoutPlaces(item);
  for (const part of item.querySelectorAll("[data-handle], [data-move]")) part.hidden = false;
  name(item, label);
  const link = item.querySelector("[data-inside]");
  if (address) link.setAttribute("href", address);
  else link.remove();
  return item;
}

function name(item, label) {
  const before = item.querySelector(".label").textContent;
  item.querySelector(".label").textContent = label;
  const avatar = item.querySelector(".avatar");
  if (avatar) avatar.textContent = label.slice(0, 1).toUpperCase();
  for (const part of item.querySelectorAll("[aria-label]"))
    part.setAttribute("aria-label", part.getAttribute("aria-label").replace(before, () => label));
}

// A cross in place of the box; what somebody takes away is hidden, and there again after a reset.
function dressItem(field, item) {
  if (item.querySelector("[data-takes-away]")) return;
  const label = item.querySelector(".label").textContent;
  const cross = button("ghost icon-only small", field.dataset.remove.replace("{name}", label), icon("x"));
  cross.dataset.takesAway = "";
  item.append(cross);
}

// What the counts and the marks of the list say.
function look(field) {
  const count = chosenIn(field).filter((box) => box.checked).length;
  const note = field.querySelector("[data-note]");
  if (most(field) > 1) note.textContent = field.dataset.chosenCount.replace("{count}", count).replace("{most}", most(field));
  for (const box of chosenIn(field)) {
    const item = box.closest("li");
    item.hidden = !box.checked;
    dressItem(field, item);
  }
  const none = field.querySelector("[data-none]");
  if (none) none.hidden = count > 0;
  for (const option of field.querySelectorAll("[role=option]"))
    option.setAttribute("aria-selected", String(isChosen(field, option.dataset.id)));
}

function enhance(field) {
  const search = field.querySelector("[data-search]");
  if (!search) return;
  const options = field.querySelector("[data-options]");
  const end = document.createElement("div");
  const picker = field.querySelector(".picker");
  const opener = button("ghost small", "", field.dataset.change, icon("chevron-down"));
  let timer = 0;
  let asked = 0;
  options.after(end);
  picker.classList.add("is-dressed");
  opener.setAttribute("aria-expanded", "false");
  field.querySelector(".picker-list").before(opener);
  search.removeAttribute("name");
  search.placeholder = search.dataset.placeholder;
  search.setAttribute("aria-label", search.dataset.searchLabel);

  const find = async (page = 1) => {
    const mine = (asked += 1);
    const query = new URLSearchParams({ q: search.value, page });
    const response = await fetch(`${search.dataset.search}?${query}`).catch(() => null);
    if (!response?.ok || response.redirected || mine !== asked) return;
    // The server's own markup, in which everything that others wrote is text.
    const part = document.createElement("template");
    part.innerHTML = await response.text();
    end.replaceChildren(...part.content.querySelectorAll(":scope > [data-more], :scope > p"));
    if (page === 1) options.replaceChildren();
    options.append(...part.content.querySelectorAll("[role=option]"));
    mark(options, search.value.trim());
    look(field);
    watch();
  };
  // The next page comes when the end of this one is seen.
  const watch = () => {
    const more = end.querySelector("[data-more]");
    if (!more) return;
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting) || !more.isConnected) return;
      observer.disconnect();
      find(more.dataset.more);
    }, { root: options }).observe(options.lastElementChild);
  };
  const open = () => {
    picker.classList.add("open");
    opener.setAttribute("aria-expanded", "true");
    search.focus();
    find();
  };
  const close = () => {
    asked += 1; // what is still on its way comes too late
    picker.classList.remove("open");
    opener.setAttribute("aria-expanded", "false");
    options.replaceChildren();
    end.replaceChildren();
  };
  const choose = (option) => {
    const { id, label, address } = option.dataset;
    const isOff = most(field) > 1 && isChosen(field, id);
    if (isOff) chosenIn(field).find((box) => box.value === id).checked = false;
    else if (!add(field, { id, label, address })) return;
    look(field);
    tell();
    if (most(field) > 1) return;
    search.value = "";
    close();
    opener.focus();
  };
  opener.addEventListener("click", () => (picker.classList.contains("open") ? close() : open()));
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, SEARCH_MILLISECONDS);
  });
  field.addEventListener("keydown", (event) => {
    const all = [...options.children];
    const at = all.indexOf(event.target);
    if (event.target === search && event.key === "Enter") event.preventDefault();
    if (event.key === "Escape" && picker.classList.contains("open")) {
      event.preventDefault();
      close();
      opener.focus();
    }
    const next = { ArrowDown: all[at + 1], ArrowUp: all[at - 1] ?? search, Home: all[0], End: all.at(-1) }[event.key];
    const moves = at >= 0 ? ["ArrowDown", "ArrowUp", "Home", "End"] : ["ArrowDown"];
    if ((at >= 0 || event.target === search) && moves.includes(event.key)) {
      event.preventDefault();
      next?.focus();
    }
    if (at >= 0 && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      choose(event.target);
    }
  });
  field.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    const more = event.target.closest("[data-more]");
    const link = event.target.closest("a[data-inside]");
    const cross = event.target.closest("[data-takes-away]");
    if (option) choose(option);
    if (cross) {
      cross.closest("li").querySelector("input[type=checkbox]").checked = false;
      look(field);
      tell();
      opener.focus();
    }
    if (more) find(more.dataset.more);
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      const item = link.closest("li");
      openInside(link.href, (saved) => {
        if (item) name(item, saved.label);
        else add(field, saved);
        close();
        tell();
      });
    }
  });
  field.addEventListener("focusout", ({ relatedTarget }) => { if (relatedTarget && !field.contains(relatedTarget)) close(); });
  field.addEventListener("form:left", close);
  field.addEventListener("change", () => look(field));
  field.addEventListener("form:renewed", ({ detail }) => {
    if (detail.isReset) for (const item of field.querySelectorAll("[data-chosen] [data-is-new]")) item.remove();
    look(field);
  });
  look(field);
}

// What was searched for, in the names that were found.
function mark(options, term) {
  if (!term) return;
  for (const part of options.querySelectorAll("[data-marks]")) {
    const text = part.textContent;
    const at = text.toLowerCase().indexOf(term.toLowerCase());
    if (at < 0) continue;
    const found = document.createElement("mark");
    found.textContent = text.slice(at, at + term.length);
    part.replaceChildren(text.slice(0, at), found, text.slice(at + term.length));
  }
}

document.addEventListener("pointerdown", ({ target }) => {
  for (const field of document.querySelectorAll("[data-relation]"))
    if (!field.contains(target)) field.dispatchEvent(new CustomEvent("form:left"));
});
