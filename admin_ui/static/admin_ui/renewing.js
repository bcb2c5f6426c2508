// A part of the page that is loaded anew while the rest stays: what has its id in the page at its data-address.

const PAUSE_MILLISECONDS = 400;
const waiting = new Set();

// Keep a part up to date: its forms that post are sent in the background, and the part is what comes back.
export function keep(id) {
  boost(id);
  document.addEventListener("htmx:afterSettle", () => boost(id));
}

function boost(id) {
  for (const form of document.querySelectorAll(`#${id} form[method=post]:not([hx-boost])`)) {
    const attributes = { "hx-boost": "true", "hx-target": `#${id}`, "hx-select": `#${id}`, "hx-swap": "outerHTML", "hx-push-url": "false", "hx-select-oob": "#toasts" };
    for (const [name, value] of Object.entries(attributes)) form.setAttribute(name, value);
    htmx.process(form);
  }
}

async function renew(id) {
  const part = document.getElementById(id);
  // Who types there, or has a menu open, is not disturbed.
  if (!part || part.querySelector("details.menu[open], input:focus:not([type=hidden])")) return;
  const response = await fetch(part.dataset.address).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById(id);
  if (!fresh) return;
  const { activeElement } = document;
  const name = part.contains(activeElement) ? activeElement.getAttribute("aria-label") : null;
  part.replaceWith(document.adoptNode(fresh));
  if (name) fresh.querySelector(`[aria-label="${CSS.escape(name)}"]`)?.focus();
  boost(id);
}

// What is told in a row is shown once, and soon even if there is no end of it.
export function renewSoon(id) {
  if (waiting.has(id)) return;
  waiting.add(id);
  setTimeout(() => {
    waiting.delete(id);
    renew(id);
  }, PAUSE_MILLISECONDS);
}
