// HTML as the editor takes it and gives it back.
//
// The page's policy refuses style attributes and handlers, even in documents that nobody sees, and classes or ids
// of a record's HTML must not mean anything here. So these are renamed before anything reads the text as HTML, and
// named as they were when it is written.

const RENAMED = new Set(["style", "class", "id"]);
const KEPT = "data-kept-";

export const renamed = (html) => rewritten(html.replaceAll(/<(\/?)style(?=[\s>/])/gi, "<$1kept-style"), (name, tag) => {
  if (name.startsWith("on")) return KEPT + name;
  // The language of a code sample is its class.
  return RENAMED.has(name) && !(name === "class" && tag === "code") ? KEPT + name : null;
});

// The other way round, for a part that is about to be written as HTML.
export function named(root) {
  for (const element of root.querySelectorAll("[style]")) element.removeAttribute("style"); // what was shown of it
  return rewritten(root.innerHTML, (name) => (name.startsWith(KEPT) ? name.slice(KEPT.length) : null));
}

// The same text with other names of attributes; `nameFor` gives null for those that stay. It walks over the tags by
// hand: linear in whatever somebody has written.
function rewritten(html, nameFor) {
  const parts = [];
  let from = 0;
  let at = html.indexOf("<");
  while (at >= 0) {
    const tag = /^[a-z][a-z0-9-]*/i.exec(html.slice(at + 1, at + 40))?.[0];
    let here = at + 1 + (tag?.length ?? 0);
    while (tag && here < html.length && html[here] !== ">") {
      if (/[\s/]/.test(html[here])) {
        here += 1;
        continue;
      }
      const begin = here;
      here += 1;
      while (here < html.length && !/[\s/>=]/.test(html[here])) here += 1;
      const name = nameFor(html.slice(begin, here).toLowerCase(), tag.toLowerCase());
      if (name !== null) {
        parts.push(html.slice(from, begin), name);
        from = here;
      }
      while (here < html.length && /\s/.test(html[here])) here += 1;
      if (html[here] === "=") here = valueEnd(html, here + 1);
    }
    at = html.indexOf("<", here);
  }
  parts.push(html.slice(from));
  return parts.join("");
}

function valueEnd(html, begin) {
  let here = begin;
  while (here < html.length && /\s/.test(html[here])) here += 1;
  if (html[here] === '"' || html[here] === "'") {
    const end = html.indexOf(html[here], here + 1);
    return end < 0 ? html.length : end + 1;
  }
  while (here < html.length && !/[\s>]/.test(html[here])) here += 1;
  return here;
}

export const keptName = (name) => KEPT + name;

// What of a style is shown while one edits; all of it is kept.
const SHOWN = new Set(["text-align", "color", "background-color", "font-weight", "font-style", "text-decoration"]);
export function shownStyle(text) {
  return declarations(text)
    .filter(([name, value]) => SHOWN.has(name) && /^[\w\s#%.,()-]{1,60}$/.test(value) && !/url/i.test(value))
    .map(([name, value]) => `${name}: ${value}`)
    .join("; ");
}

export function declarations(text) {
  return (text ?? "").split(";").map((one) => one.split(":")).filter(([name, value]) => name.trim() && value?.trim())
    .map(([name, ...value]) => [name.trim().toLowerCase(), value.join(":").trim()]);
}

// The style with one declaration set, or taken away by ""; null for none.
export function withDeclaration(text, name, value) {
  const others = declarations(text).filter(([one]) => one !== name);
  if (value) others.push([name, value]);
  return others.map(([one, said]) => `${one}: ${said}`).join("; ") || null;
}

// How often which element has which attribute.
function census(html) {
  const names = { b: "strong", i: "em", strike: "s", del: "s" };
  const counts = new Map();
  const note = (key) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const { body } = new DOMParser().parseFromString(renamed(html), "text/html");
  for (const element of body.querySelectorAll("*")) {
    const tag = element.localName;
    if (tag === "tbody" || tag === "br") continue;
    if (tag !== "span" && tag !== "p") note(names[tag] ?? tag);
    for (const { name } of element.attributes) note(`${names[tag] ?? tag} ${name}`);
  }
  return [counts, body.textContent.replaceAll(/\s+/g, "")];
}

// Whether all that `html` says is in `other` too.
export function keepsAll(html, other) {
  if (html.includes("<!--")) return false;
  const [before, text] = census(html);
  const [after, sameText] = census(other);
  return text === sameText && [...before].every(([key, count]) => (after.get(key) ?? 0) >= count);
}
