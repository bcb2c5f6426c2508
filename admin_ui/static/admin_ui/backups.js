// The list of backups follows what is under way: bytes while it runs, and the list anew at its end.
import { follow } from "./feeds.js";
import "./form/sending.js";
import { toast } from "./notices.js";
import { showProgress } from "./progress.js";
import { keep, renewSoon } from "./renewing.js";

const list = () => document.getElementById("backups");

const renewAll = () => {
  renewSoon("backups");
  renewSoon("backup-actions");
};

follow("backups", (entries) => {
  for (const { data } of entries) {
    const row = list().querySelector("[data-running]");
    if (data.outcome && data.outcome !== "done")
      toast(list().dataset.failed.replace("{name}", data.key).replace("{problem}", data.outcome), "error");
    if (row && !data.outcome) showProgress(row, data);
    else renewAll();
  }
}, renewAll);

// Forms that take a while say so, and are sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-waits]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "true";
  form.querySelector("button").setAttribute("aria-busy", "true");
});
keep("backups");

// An upload may take long: it goes in the background, and one sees how far it is.
const SENT = {
  "hx-boost": "true", "hx-target": "#backup-actions", "hx-select": "#backup-actions", "hx-select-oob": "#backups,#toasts",
  "hx-swap": "outerHTML", "hx-push-url": "false", "hx-disabled-elt": "find .primary",
};
document.addEventListener("change", ({ target: { form } }) => {
  if (!form?.matches("[data-sends]:not([hx-boost])")) return;
  for (const [name, value] of Object.entries(SENT)) form.setAttribute(name, value);
  htmx.process(form);
});
