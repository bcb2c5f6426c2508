// A part of the page that is loaded anew while the rest stays: what has its id in the page as it is now.

const PAUSE_MILLISECONDS = 400;
const waiting = new Map();

// Forms of the part that post are sent in the background, and the part is what comes back.
export function boost(id) {
  for (const form of document.querySelectorAll(`#${id} form[method=post]:not([data-whole], [hx-boost])`)) {
    const attributes = { "hx-boost": "true", "hx-target": `#${id}`, "hx-select": `#${id}`, "hx-swap": "outerHTML", "hx-push-url": "false", "hx-select-oob": "#toasts" };
    for (const [name, value] of Object.entries(attributes)) form.setAttribute(name, value);
    htmx.process(form);
  }
}

export async function renew(id) {
  const part = document.getElementById(id);
  // Who types there, or has a menu open, is not disturbed.
  if (!part || part.querySelector("details.menu[open], input:focus:not([type=hidden])")) return;
  const response = await fetch(location.href, { headers: { "X-Part": id } }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById(id);
  if (!fresh) return;
  const { activeElement } = document;
  const name = part.contains(activeElement) ? activeElement.getAttribute("aria-label") : null;
  part.replaceWith(document.adoptNode(fresh));
  if (name) fresh.querySelector(`[aria-label="${CSS.escape(name)}"]`)?.focus();
  boost(id);
  document.dispatchEvent(new CustomEvent("renewed", { detail: { id } }));
}

// What is told in a row is shown once.
export function renewSoon(id) {
  clearTimeout(waiting.get(id));
  waiting.set(id, setTimeout(() => renew(id), PAUSE_MILLISECONDS));
}
