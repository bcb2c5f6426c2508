// "Try it": asks the API as a guest would, and shows what comes back where the sample stands.

import { toast } from "./notices.js";

const spans = /("(?:[^"\\]|\\.)*")(?=:)|("(?:[^"\\]|\\.)*")|\b(true|false|null)\b|\b(\d+(?:\.\d+)?)\b/g;

function shown(code) {
  const parts = document.createDocumentFragment();
  let end = 0;
  for (const found of code.matchAll(spans)) {
    const word = document.createElement("span");
    word.className = ["f", "s", "k", "n"][found.slice(1).findIndex((group) => group !== undefined)];
    word.textContent = found[0];
    parts.append(code.slice(end, found.index), word);
    end = found.index + found[0].length;
  }
  parts.append(code.slice(end));
  return parts;
}

async function send(link) {
  const box = document.getElementById(link.dataset.tries);
  const began = performance.now();
  const response = await fetch(link.href, { credentials: "omit" }).catch(() => null);
  const text = await response?.text();
  if (text === undefined) {
    toast(link.dataset.failed, "error");
    return;
  }
  const milliseconds = (performance.now() - began).toFixed(1);
  let code = text;
  try {
    code = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: as it is.
  }
  for (const tab of box.querySelectorAll(".sample-tabs a")) {
    if (tab.textContent === String(response.status)) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  box.querySelector("[data-told]").textContent = `${response.status}, ${milliseconds} ms`;
  box.querySelector("[data-body]").replaceChildren(shown(code));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-tries]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  send(link);
});
