// A chosen file is put into the text, what is no JSON is marked while somebody types, and options apply at once.

const MOST_BYTES = 8_000_000;
const PAUSE_MILLISECONDS = 400;

const file = document.getElementById("import-file");
const text = document.getElementById("import-text");
const problem = document.getElementById("import-problem");
let timer = 0;

function say(words) {
  problem.hidden = !words;
  problem.querySelector("span").textContent = words;
  if (words) text.setAttribute("aria-invalid", "true");
  else text.removeAttribute("aria-invalid");
}

function judge() {
  if (!text.value.trim()) return say("");
  try {
    say(Array.isArray(JSON.parse(text.value)) ? "" : problem.dataset.none);
  } catch (error) {
    say(problem.dataset.malformed + error.message);
  }
}

text?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(judge, PAUSE_MILLISECONDS);
});

file?.addEventListener("change", async () => {
  const [chosen] = file.files;
  if (!chosen || chosen.size > MOST_BYTES) return; // the server says why not
  text.value = await chosen.text();
  text.dispatchEvent(new Event("input", { bubbles: true }));
  file.value = "";
});

for (const box of document.querySelectorAll("[data-reviews-again]"))
  box.addEventListener("change", () => box.form.requestSubmit(box.form.querySelector("[data-review]")));
for (const button of document.querySelectorAll("[data-review]")) button.hidden = true;
document.getElementById("problem")?.focus();
