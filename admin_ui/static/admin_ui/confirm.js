// The pages that links in mails lead to: does with the API what the link is for.
//
// The link's token is in the fragment, which never goes to a server by itself. It is sent to the API alone,
// in the body (or, for the installer, in the header) of the request that it is for.

const TOKEN = /^#([\w-]+\.([\w-]+)\.[\w-]+)/;
const MOST_MILLISECONDS = 60_000;

const form = document.querySelector("form");
const texts = JSON.parse(document.getElementById("texts").textContent);
const [, token, payload] = TOKEN.exec(location.hash) ?? [];
const claims = payload ? readClaims(payload) : {};
let isBusy = false;

function readClaims(text) {
  try {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const found = JSON.parse(new TextDecoder().decode(bytes));
    return found instanceof Object ? found : {};
  } catch {
    return {};
  }
}

function isSaid(claim) {
  return typeof claims[claim] === "string" && claims[claim] !== "";
}

function ofCollection(action) {
  return `collections/${encodeURIComponent(claims.collectionId)}/${action}`;
}

// What the link is for, as a request: the path below /api/, the body, and headers.
function deed(values) {
  const { action } = form.dataset;
  if (action === "install") return ["collections/_superusers/records", values, { Authorization: token }];
  return [ofCollection(action), { token, ...values }, {}];
}

// Shows one of the page's parts, and takes whoever listens to it there.
function show(state) {
  for (const part of document.querySelectorAll("[data-state]")) {
    part.hidden = part.dataset.state !== state;
    if (!part.hidden) part.focus();
  }
}

// The answer: {isDone: true}, or an error as {status, message, data}; status 0 is for none that makes sense.
async function post(path, body, headers) {
  try {
    const response = await fetch(`../../api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(MOST_MILLISECONDS),
    });
    // The API never answers with a page: this is one of what stands before it, such as a hotel's Wi-Fi.
    if (response.headers.get("Content-Type")?.startsWith("text/html")) return { status: 0 };
    if (response.ok) return { isDone: true };
    const { message = "", data = {} } = await response.json();
    return { status: response.status, message, data };
  } catch {
    return { status: 0 };
  }
}

// Asks once at a time, whatever is clicked meanwhile.
async function ask(button, problem, path, body, headers) {
  isBusy = true;
  button.setAttribute("aria-busy", "true");
  problem.textContent = "";
  const answer = await post(path, body, headers);
  button.removeAttribute("aria-busy");
  isBusy = false;
  return answer;
}

function tell(problem, { status, message }) {
  const isOurs = status === 0 || status >= 500;
  problem.textContent = isOurs ? texts.unreachable : status === 429 ? texts.tooMany : message;
  problem.scrollIntoView({ block: "nearest" });
}

function errorText({ code, message, params = {} }) {
  const text = texts.fields[code] ?? message;
  const known = text.replaceAll(/{(\w+)}/g, (whole, name) => params?.[name] ?? whole);
  return known.includes("{") ? message : known;
}

// Puts the errors where they were made; returns the inputs that have one.
function tellFields(errors) {
  return [...form.querySelectorAll("input[name]")].filter((input) => {
    const error = errors?.[input.name];
    document.getElementById(`${input.name}-error`).textContent = error ? errorText(error) : "";
    input.setAttribute("aria-invalid", String(Boolean(error)));
    return error;
  });
}

async function submit(event) {
  event.preventDefault();
  if (isBusy) return;
  hidePasswords();
  const values = Object.fromEntries(new FormData(form));
  const problem = document.getElementById("problem");
  tellFields({});
  const answer = await ask(form.querySelector("button"), problem, ...deed(values));
  const isOver = form.dataset.over.split(" ").includes(String(answer.status));
  if (answer.isDone) return succeed();
  if (isOver || answer.data?.token) return show("over");
  const [first] = tellFields(answer.data);
  if (first) first.focus();
  else tell(problem, answer);
}

function succeed() {
  form.reset();
  // It is used: nobody has to find it in the history, or to try it again by a reload.
  history.replaceState(null, "", location.pathname);
  const toDashboard = document.getElementById("dashboard");
  if (toDashboard) toDashboard.hidden = claims.collectionId !== form.dataset.superusers;
  show("done");
  if (form.dataset.action === "install") location.replace("../login/");
}

async function sendAgain({ currentTarget: button }) {
  if (isBusy) return;
  const problem = document.getElementById("sending-problem");
  const path = ofCollection(button.dataset.action);
  const answer = await ask(button, problem, path, { email: claims.email }, {});
  if (answer.isDone) show("sent");
  else tell(problem, answer);
}

function showPasswords({ currentTarget: { checked } }) {
  const [from, to] = checked ? ["password", "text"] : ["text", "password"];
  for (const input of form.querySelectorAll(`input[name^="password"][type="${from}"]`)) input.type = to;
}

// Browsers offer to keep what they know to be a password.
function hidePasswords() {
  const box = document.getElementById("show");
  if (box?.checked) box.click();
}

for (const input of form.querySelectorAll("[data-shows]")) {
  input.value = isSaid(input.dataset.shows) ? claims[input.dataset.shows] : "";
  input.closest(".field").hidden = input.value === "";
}
form.addEventListener("submit", submit);
document.getElementById("again")?.addEventListener("click", sendAgain);
document.getElementById("show")?.addEventListener("change", showPasswords);
// Another link, opened in the same tab.
addEventListener("hashchange", () => location.reload());
if (!isSaid("collectionId") || !isSaid(form.dataset.claim)) show("malformed");
