// A chat over realtime: what is written comes back to everybody, the writer included, as an event.
import PocketBase, { ClientResponseError } from "./node_modules/pocketbase/dist/pocketbase.es.mjs";

const NEWEST = 50;
const TYPING_SHOWN = 3000; // milliseconds
const TYPING_TOLD = 2000; // at most every so many

const pb = new PocketBase(location.origin);
pb.autoCancellation(false);
const users = pb.collection("users");
const messages = pb.collection("messages");
const [room, door, log, list, typing, problem] = ["room", "door", "log", "messages", "typing", "problem"].map((id) =>
  document.getElementById(id),
);

// --- the room ----------------------------------------------------------------------------------------

async function enter() {
  door.hidden = true;
  room.hidden = false;
  await messages.subscribe("*", hear, { expand: "author" });
  await pb.realtime.subscribe("typing", showTyping);
  // Also whenever the stream comes back: what happened meanwhile nobody tells.
  await pb.realtime.subscribe("PB_CONNECT", read);
  await read();
  document.getElementById("text").focus();
}

async function leave() {
  await pb.realtime.unsubscribe();
  pb.authStore.clear();
  list.replaceChildren();
  room.hidden = true;
  door.hidden = false;
}

async function read() {
  const newest = await messages.getList(1, NEWEST, { sort: "-created,-id", expand: "author", skipTotal: true });
  for (const message of newest.items.reverse()) show(message);
}

function hear({ action, record }) {
  if (action === "delete") document.getElementById(record.id)?.remove();
  else show(record);
}

function show(message) {
  if (document.getElementById(message.id)) return;
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const entry = document.getElementById("message").content.cloneNode(true).firstElementChild;
  const moment = new Date(message.created.replace(" ", "T"));
  const time = entry.querySelector("time");
  time.dateTime = moment.toISOString();
  time.textContent = moment.toLocaleTimeString(undefined, { timeStyle: "short" });
  entry.id = message.id;
  entry.dataset.created = message.created;
  entry.classList.toggle("own", message.author === pb.authStore.record?.id);
  entry.querySelector(".author").textContent = message.expand?.author?.name ?? "Somebody";
  entry.querySelector(".text").textContent = message.text;
  // An event may come before the older messages that are still being read.
  const later = [...list.children].find((other) => other.dataset.created > message.created);
  list.insertBefore(entry, later ?? null);
  if (isAtEnd) log.scrollTop = log.scrollHeight; // but not under the eyes of who reads further up
}

// --- who is typing -----------------------------------------------------------------------------------

let forget;
let told = 0;

function showTyping({ id, name }) {
  if (id === pb.authStore.record?.id) return;
  typing.textContent = `${name} is typing…`;
  clearTimeout(forget);
  forget = setTimeout(() => (typing.textContent = ""), TYPING_SHOWN);
}

document.getElementById("text").addEventListener("input", () => {
  if (Date.now() - told < TYPING_TOLD) return;
  told = Date.now();
  attempt(() => pb.send("/api/chat/typing", { method: "POST" }));
});

// --- forms -------------------------------------------------------------------------------------------

onSubmit("say", async ({ text }, form) => {
  await messages.create({ text, author: pb.authStore.record.id });
  form.reset();
});

onSubmit("enter", async ({ email, password }, form) => {
  await users.authWithPassword(email, password);
  form.reset();
  await enter();
});

onSubmit("join", async ({ name, email, password }, form) => {
  await users.create({ name, email, password, passwordConfirm: password });
  await users.authWithPassword(email, password);
  form.reset();
  await enter();
});

document.getElementById("leave").addEventListener("click", () => attempt(leave));

function onSubmit(id, submit) {
  const form = document.getElementById(id);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    await attempt(() => submit(Object.fromEntries(new FormData(form)), form));
    button.disabled = false;
  });
}

async function attempt(action) {
  try {
    problem.textContent = "";
    await action();
  } catch (error) {
    if (!(error instanceof ClientResponseError)) throw error;
    const fields = Object.entries(error.response.data ?? {});
    const reasons = fields.map(([name, reason]) => `${name}: ${reason.message}`);
    problem.textContent = [error.response.message || "The server cannot be reached.", ...reasons].join(" ");
  }
}

if (pb.authStore.isValid) attempt(enter);
else door.hidden = false;
