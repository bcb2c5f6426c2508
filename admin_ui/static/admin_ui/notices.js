// What every script of the dashboard may need: telling something, copying, knowing who types.
//
// A module of its own, and in no page's <script>: modules import it by one address, so there is one of it.

const TOAST_MILLISECONDS = 4000;

// Sentences in the language of the page.
export const words = (name) => document.getElementById("toasts").dataset[name];

export function toast(text, kind = "info") {
  const part = document.createElement("div");
  part.className = `toast ${kind}`;
  const words = document.createElement("span");
  words.className = "text";
  words.textContent = text;
  part.append(words);
  document.getElementById("toasts").replaceChildren(part);
  leaveSoon(part);
}

// Errors stay until somebody closes them; what the pointer rests on stays meanwhile.
export function leaveSoon(part) {
  if (part.classList.contains("error")) return;
  let timer = setTimeout(() => part.remove(), TOAST_MILLISECONDS);
  part.addEventListener("pointerenter", () => clearTimeout(timer));
  part.addEventListener("pointerleave", () => { timer = setTimeout(() => part.remove(), TOAST_MILLISECONDS); });
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(words("copied").replace("{what}", what), "ok");
  } catch {
    toast(words("notCopied"), "error");
  }
}

export const isTyping = (target) =>
  target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, code-editor, [contenteditable]") !== null;
