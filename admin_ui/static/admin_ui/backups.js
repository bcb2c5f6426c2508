// The list of backups follows what is under way: bytes while it runs, and the list anew at its end.
import { follow } from "./feeds.js";
import { toast } from "./notices.js";
import { boost, renew, renewSoon } from "./renewing.js";
import { showProgress } from "./progress.js";

const list = () => document.getElementById("backups");

follow("backups", (entries) => {
  for (const { data } of entries) {
    const row = list().querySelector("[data-running]");
    if (data.outcome) {
      if (data.outcome !== "done")
        toast(list().dataset.failed.replace("{name}", data.key).replace("{problem}", data.outcome), "error");
      renewSoon("backups");
      renewSoon("backup-actions");
    } else if (row) showProgress(row, data);
    else {
      renewSoon("backups");
      renewSoon("backup-actions");
    }
  }
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) renew("backups"); });

// Forms that take a while say so, and are sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-waits]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "true";
  form.querySelector("button").setAttribute("aria-busy", "true");
});
boost("backups");
