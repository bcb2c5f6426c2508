// The page for the first superuser: begins with a backup instead, which brings its own.
//
// The link's token is that of a makeshift superuser, which is not in the backup. So the restore is over when the
// API does not know the token any more, and has failed when it still does and nothing is going on.

const TOKEN = /^#([\w-]+\.[\w-]+\.[\w-]+)/;
const PAUSE_MILLISECONDS = 1000;
// Of looks in a row that found the server at rest: it may not have begun to restore yet, or be about to restart.
const LOOKS_AT_REST = 10;
const MOST_MILLISECONDS = 10_000;

const form = document.getElementById("backup");
const input = document.getElementById("file");
const problem = document.getElementById("backup-problem");
const progress = document.getElementById("backup-progress");
const button = form.querySelector("button");
const texts = JSON.parse(document.getElementById("texts").textContent);
const [, token = ""] = TOKEN.exec(location.hash) ?? [];
let isBusy = false;

// The answer as JSON, {} when it has none; throws a sentence when there is none, or it is an error.
async function ask(method, path, options = {}) {
  let response;
  let answer = {};
  try {
    response = await fetch(`../../api/${path}`, {
      method,
      headers: { Authorization: token },
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      ...options,
    });
    if (response.status !== 204) answer = await response.json();
  } catch {
    throw new Error(texts.unreachable);
  }
  if (response.ok) return answer;
  const [error] = Object.values(answer.data ?? {});
  throw new Error(error?.message ?? answer.message ?? texts.unreachable);
}

// Whether the server still knows the token, and does nothing; null while it cannot say.
async function isAtRest() {
  try {
    const options = { signal: AbortSignal.timeout(MOST_MILLISECONDS) };
    const { data } = await ask("GET", "health", options);
    // Guests are told nothing of backups.
    return "canBackup" in data ? data.canBackup : undefined;
  } catch {
    return null;
  }
}

// Resolves to whether it was restored.
async function wait() {
  for (let atRest = 0; atRest < LOOKS_AT_REST; ) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    const found = await isAtRest();
    if (found === undefined) return true;
    atRest = found ? atRest + 1 : 0;
  }
  return false;
}

async function begin(event) {
  event.preventDefault();
  const [file] = input.files;
  if (isBusy || !file) return;
  isBusy = true;
  button.setAttribute("aria-busy", "true");
  problem.textContent = "";
  try {
    progress.textContent = texts.uploading;
    const body = new FormData();
    body.append("file", file);
    await ask("POST", "backups/upload", { body });
    progress.textContent = texts.restoring;
    await ask("POST", `backups/${encodeURIComponent(file.name)}/restore`);
    if (!(await wait())) throw new Error(texts.notRestored);
    location.replace("../login/");
  } catch (error) {
    problem.textContent = error.message;
  }
  progress.textContent = "";
  button.removeAttribute("aria-busy");
  isBusy = false;
}

form.addEventListener("submit", begin);
