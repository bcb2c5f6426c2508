// Choices as a box with what is chosen and a list below it, searched where there are many. The select or the
// checkboxes of the form stay behind it and hold the value.
import { icon, part } from "./icons.js";
import { tell } from "./form.js";

const FEWEST_TO_SEARCH = 6;
let count = 0;

export function begin(form) {
  for (const host of form.querySelectorAll("[data-choice]")) {
    const isSelect = host instanceof HTMLSelectElement;
    // On phones a browser's own list is the better one, and a few boxes are quicker than any list.
    if (isSelect ? host.disabled || matchMedia("(pointer: coarse)").matches : host.children.length < FEWEST_TO_SEARCH) continue;
    if (!isSelect && host.querySelector("input:disabled")) continue;
    dress(host, isSelect ? ofSelect(host) : ofBoxes(host));
  }
}

const ofSelect = (select) => ({
  isMultiple: false,
  choices: [...select.options].filter((option) => option.value).map((option) => ({
    label: option.textContent,
    hue: option.dataset.hue,
    isOn: () => option.selected,
    set: (isOn) => { select.value = isOn ? option.value : ""; },
  })),
});

const ofBoxes = (host) => ({
  isMultiple: true,
  choices: [...host.querySelectorAll("input")].map((box) => ({
    label: box.nextElementSibling.textContent,
    hue: box.nextElementSibling.dataset.hue,
    isOn: () => box.checked,
    set: (isOn) => { box.checked = isOn; },
  })),
});

function tag({ label, hue }) {
  const made = part("span", "tag", label);
  if (hue) made.dataset.hue = hue;
  return made;
}

function dress(host, { isMultiple, choices }) {
  const { search: searchLabel, nothing, none, unset, most = 1 } = host.dataset;
  const id = `choices-${(count += 1)}`;
  const box = part("button", "select-box");
  const popup = part("div", "popup inline fill select-popup");
  const list = part("div", "select-list");
  const search = choices.length >= FEWEST_TO_SEARCH ? Object.assign(document.createElement("input"), { placeholder: searchLabel, autocomplete: "off" }) : null;
  const options = choices.map((choice, at) => {
    const option = part("div", "option", tag(choice), icon("check", "small tick"));
    option.setAttribute("role", "option");
    option.id = `${id}-${at}`;
    return option;
  });
  const clear = part("button", "option unset muted", icon("x"), unset);
  const missing = part("p", "menu-title", none);
  let active = -1;

  Object.assign(box, { type: "button", id: host.id || id });
  host.removeAttribute("id");
  host.hidden = true;
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-haspopup", "listbox");
  box.setAttribute("aria-label", host.dataset.choice);
  for (const name of ["aria-invalid", "aria-describedby"])
    if (host.hasAttribute(name)) box.setAttribute(name, host.getAttribute(name));
  box.setAttribute("aria-controls", `${id}-list`);
  list.id = `${id}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", host.dataset.choice);
  if (isMultiple) list.setAttribute("aria-multiselectable", "true");
  list.tabIndex = -1;
  clear.type = "button";
  missing.hidden = true;
  list.append(...options);
  if (search) {
    search.setAttribute("aria-label", searchLabel);
    popup.append(part("div", "popup-search", icon("search"), search));
  }
  popup.append(list, missing, clear);
  host.after(box, popup);

  const seen = () => options.filter((option) => !option.hidden);
  const look = () => {
    const chosen = choices.filter((choice) => choice.isOn());
    const words = chosen.length ? chosen.map(tag) : [part("span", "muted", nothing)];
    box.replaceChildren(...words, icon("chevron-down", "small caret"));
    choices.forEach((choice, at) => options[at].setAttribute("aria-selected", String(choice.isOn())));
    clear.hidden = chosen.length === 0;
  };
  const go = (option) => {
    for (const one of options) one.classList.toggle("active", one === option);
    active = options.indexOf(option);
    (search ?? list).setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({ block: "nearest" });
  };
  const open = (isOpen) => {
    popup.hidden = !isOpen;
    box.setAttribute("aria-expanded", String(isOpen));
    box.classList.toggle("open", isOpen);
    if (!isOpen) return;
    if (search) search.value = "";
    filter();
    go(options.find((option) => option.getAttribute("aria-selected") === "true") ?? seen()[0]);
    (search ?? list).focus();
    popup.scrollIntoView({ block: "nearest" });
  };
  const filter = () => {
    const words = search?.value.toLowerCase() ?? "";
    options.forEach((option) => { option.hidden = !option.textContent.toLowerCase().includes(words); });
    missing.hidden = seen().length > 0;
    if (options[active]?.hidden) go(seen()[0]);
  };
  const choose = (option) => {
    const choice = choices[options.indexOf(option)];
    if (!choice) return;
    const isFull = isMultiple && !choice.isOn() && choices.filter((one) => one.isOn()).length >= Number(most);
    if (isFull) return;
    choice.set(isMultiple ? !choice.isOn() : true);
    look();
    tell();
    if (isMultiple) return;
    open(false);
    box.focus();
  };

  box.addEventListener("click", () => open(popup.hidden));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open(true);
  });
  search?.addEventListener("input", filter);
  popup.addEventListener("click", ({ target }) => {
    if (target.closest("[role=option]")) return choose(target.closest("[role=option]"));
    if (!target.closest(".unset")) return;
    for (const choice of choices) choice.set(false);
    look();
    tell();
    open(false);
    box.focus();
  });
  popup.addEventListener("keydown", (event) => {
    const all = seen();
    const at = all.indexOf(options[active]);
    const next = { ArrowDown: all[at + 1] ?? all[0], ArrowUp: all[at - 1] ?? all.at(-1), Home: all[0], End: all.at(-1) }[event.key];
    if (next && !(search && (event.key === "Home" || event.key === "End"))) {
      event.preventDefault();
      go(next);
    } else if (event.key === "Enter" || (event.key === " " && !search)) {
      if (event.target.closest(".unset")) return;
      event.preventDefault();
      choose(options[active]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      open(false);
      box.focus();
    } else if (!search && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      const found = all.find((option) => option.textContent.toLowerCase().startsWith(event.key.toLowerCase()));
      if (found) go(found);
    }
  });
  host.closest(".field").addEventListener("focusout", ({ relatedTarget, currentTarget }) => {
    if (relatedTarget && !currentTarget.contains(relatedTarget)) open(false);
  });
  box.addEventListener("form:left", () => open(false));
  host.closest(".field").addEventListener("form:renewed", look);
  look();
  open(false);
}

document.addEventListener("pointerdown", ({ target }) => {
  for (const box of document.querySelectorAll(".select-box.open"))
    if (!box.closest(".field").contains(target)) box.dispatchEvent(new CustomEvent("form:left"));
});
