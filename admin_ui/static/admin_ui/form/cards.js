// A card beside what leads to another record: what it is called, and what is in it.
const SHOW_MILLISECONDS = 350;
const HIDE_MILLISECONDS = 200;

let timer = 0;
let card = null;
let owner = null;

export function showCard(part) {
  if (part === owner) {
    clearTimeout(timer);
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(() => open(part), SHOW_MILLISECONDS);
}

async function open(part) {
  const link = part.matches("a") ? part : part.querySelector("[data-card]");
  if (!part.isConnected || !link) return;
  close();
  owner = part;
  const address = new URL(link.href);
  const response = await fetch(`${address.pathname}card/`).catch(() => null);
  if (!response?.ok || response.redirected || owner !== part) return;
  card = document.createElement("div");
  card.className = "popup record-card";
  // The server's own markup, in which everything that others wrote is text.
  card.innerHTML = await response.text();
  document.body.append(card);
  place(part);
}

function place(part) {
  const at = part.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const below = at.bottom + 6 + height <= innerHeight;
  card.style.insetBlockStart = `${below ? at.bottom + 6 : Math.max(at.top - height - 6, 8)}px`;
  card.style.insetInlineStart = "auto";
  card.style.left = `${Math.max(Math.min(at.left, innerWidth - width - 8), 8)}px`;
}

function close() {
  clearTimeout(timer);
  card?.remove();
  card = owner = null;
}

const isInside = (target) => owner && (owner.contains(target) || card?.contains(target));

for (const name of ["pointerover", "focusin"])
  document.addEventListener(name, ({ target }) => {
    if (isInside(target)) clearTimeout(timer);
    else if (owner) {
      clearTimeout(timer);
      timer = setTimeout(close, HIDE_MILLISECONDS);
    } else if (!target.closest?.("a.chip.relation, .chosen:has([data-card])")) clearTimeout(timer);
  });
document.addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); }, true);
for (const name of ["scroll", "htmx:beforeSwap", "dragstart"]) document.addEventListener(name, ({ target }) => { if (!card?.contains(target)) close(); }, true);
