// Waits for a restore: how far it is, why it was given up, or the server that comes back with other data.
import { follow } from "./feeds.js";
import { showProgress } from "./progress.js";

const PAUSE_MILLISECONDS = 1000;
const MOST_MILLISECONDS = 10_000;
// Of looks in a row that found the server there and at rest after the backup was found to be good.
const LOOKS_AT_REST = 10;

const part = document.getElementById("restoring");
const says = part.querySelector("[data-says]");
const notice = part.querySelector(".notice");
let isGood = false;
let isOver = false;

const end = follow("backups", (entries) => {
  for (const { data } of entries) {
    if (data.work === "restore" && data.outcome === "done") {
      isGood = true;
      says.textContent = part.dataset.away;
    } else if (data.outcome && data.outcome !== "done") {
      isOver = true;
      notice.hidden = false;
      notice.querySelector("[data-problem]").textContent = data.outcome;
      part.querySelector(".progress-cell").hidden = true;
      end();
    } else {
      says.textContent = part.dataset[data.work] ?? "";
      showProgress(part, data);
    }
  }
});

// Whether the server answers as it did: null while it is away.
async function isSignedIn() {
  try {
    const options = { cache: "no-store", signal: AbortSignal.timeout(MOST_MILLISECONDS) };
    const response = await fetch(part.dataset.backups, options);
    return response.ok ? !response.redirected : null;
  } catch {
    return null;
  }
}

async function wait() {
  let wasAway = false;
  for (let atRest = 0; atRest < LOOKS_AT_REST && !isOver; ) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    const found = await isSignedIn();
    if (found === null) {
      wasAway = true;
      says.textContent = part.dataset.away;
    } else if (wasAway || !found) break;
    else if (isGood) atRest += 1;
  }
  if (!isOver) location.replace(part.dataset.home);
}

wait();
