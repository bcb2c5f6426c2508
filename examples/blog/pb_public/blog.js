// A blog in one file: each address has a function that fills a template from the API.
import PocketBase, { ClientResponseError } from "/node_modules/pocketbase/dist/pocketbase.es.mjs";

const PER_PAGE = 10;
const pb = new PocketBase(location.origin);
pb.autoCancellation(false);
const posts = pb.collection("posts");
const main = document.querySelector("main");
const problem = document.querySelector("#problem");

const ADDRESSES = [
  [/^\/$/, list],
  [/^\/posts\/(\w+)$/, post],
  [/^\/write$/, write],
  [/^\/write\/(\w+)$/, write],
  [/^\/sign-in$/, signIn],
];

// --- addresses ---------------------------------------------------------------------------------------

let shown = 0; // counts, so that an answer that comes late does not replace a later page

async function show() {
  const number = ++shown;
  const [pattern, fill] = ADDRESSES.find(([pattern]) => pattern.test(location.pathname)) ?? [/$/, missing];
  let page;
  try {
    page = await fill(...location.pathname.match(pattern).slice(1));
  } catch (error) {
    if (error?.status !== 404) return tell(error);
    page = missing();
  }
  if (number !== shown) return;
  tell();
  main.replaceChildren(page);
  const heading = main.querySelector("h1");
  document.title = `${heading.textContent} – Blog`;
  heading.focus(); // who listens hears where they are
}

function go(address) {
  history.pushState(null, "", address);
  scrollTo(0, 0);
  return show();
}

addEventListener("popstate", show);
addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const isPlain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || link.origin !== location.origin) return;
  event.preventDefault();
  go(link.href);
});

// --- pages -------------------------------------------------------------------------------------------

async function list() {
  const number = Number(new URLSearchParams(location.search).get("page")) || 1;
  const found = await posts.getList(number, PER_PAGE, {
    sort: "-created,id",
    expand: "author",
    fields: "id,title,published,created,expand.author.name",
  });
  const page = template("list");
  page.querySelector(".posts").append(
    ...found.items.map((item) => {
      const entry = template("entry");
      entry.querySelector(".title").href = `/posts/${item.id}`;
      entry.querySelector(".title").textContent = item.title;
      entry.querySelector(".about").append(...about(item));
      return entry;
    }),
  );
  const pages = page.querySelector(".pages");
  if (number > 1) pages.append(link(`/?page=${number - 1}`, "Newer posts"));
  if (number < found.totalPages) pages.append(link(`/?page=${number + 1}`, "Older posts"));
  pages.hidden = !pages.children.length;
  return page;
}

async function post(id) {
  const found = await posts.getOne(id, { expand: "author" });
  const page = template("post");
  page.querySelector(".title").textContent = found.title;
  page.querySelector(".about").append(...about(found));
  page.querySelector(".text").append(...paragraphs(found.text));
  if (found.picture) {
    const picture = page.querySelector(".picture");
    picture.src = pb.files.getURL(found, found.picture, { thumb: "1280x0" });
    picture.alt = found.picture_shows;
    picture.hidden = false;
  }
  if (pb.authStore.isValid && found.author === pb.authStore.record.id) {
    page.querySelector(".actions").hidden = false;
    page.querySelector(".edit").href = `/write/${id}`;
    page.querySelector(".delete").addEventListener("click", () => {
      if (confirm(`Delete “${found.title}”?`)) attempt(() => posts.delete(id).then(() => go("/")));
    });
  }
  return page;
}

async function write(id) {
  if (!pb.authStore.isValid) return signIn();
  const page = template("write");
  const form = page.querySelector("form");
  if (id) {
    const found = await posts.getOne(id);
    for (const name of ["title", "text", "picture_shows"]) form.elements[name].value = found[name];
    form.elements.published.checked = found.published;
  }
  onSubmit(form, async (values) => {
    values.set("published", form.elements.published.checked);
    if (!values.get("picture").size) values.delete("picture"); // the one that is there stays
    if (!id) values.set("author", pb.authStore.record.id);
    const saved = await (id ? posts.update(id, values) : posts.create(values));
    await go(`/posts/${saved.id}`);
  });
  return page;
}

function signIn() {
  const page = template("sign-in");
  onSubmit(page.querySelector("form"), async (values) => {
    await pb.collection("users").authWithPassword(values.get("email"), values.get("password"));
    await go(location.pathname === "/sign-in" ? "/" : location.pathname);
  });
  return page;
}

function missing() {
  return template("missing");
}

// --- parts of pages ----------------------------------------------------------------------------------

function template(id) {
  return document.getElementById(id).content.cloneNode(true);
}

function link(address, text) {
  return Object.assign(document.createElement("a"), { href: address, textContent: text });
}

function about(item) {
  const moment = new Date(item.created.replace(" ", "T"));
  const time = document.createElement("time");
  time.dateTime = moment.toISOString();
  time.textContent = moment.toLocaleDateString(undefined, { dateStyle: "long" });
  const author = item.expand?.author?.name;
  return [time, author ? ` by ${author}` : "", item.published ? "" : " – draft"];
}

function paragraphs(text) {
  return text.split(/\n\s*\n/).map((part) => {
    return Object.assign(document.createElement("p"), { textContent: part });
  });
}

function onSubmit(form, submit) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    await attempt(() => submit(new FormData(form)));
    button.disabled = false;
  });
}

async function attempt(action) {
  try {
    tell();
    await action();
  } catch (error) {
    tell(error);
  }
}

function tell(error) {
  if (error && !(error instanceof ClientResponseError)) throw error;
  const fields = Object.entries(error?.response.data ?? {});
  const reasons = fields.map(([name, reason]) => `${name}: ${reason.message}`);
  problem.textContent = error ? [error.response.message || "The server cannot be reached.", ...reasons].join(" ") : "";
}

// --- who is here -------------------------------------------------------------------------------------

document.querySelector("#sign-out").addEventListener("click", () => {
  pb.authStore.clear();
  go("/");
});

pb.authStore.onChange(() => {
  for (const part of document.querySelectorAll("[data-for]")) {
    part.hidden = (part.dataset.for === "writers") !== pb.authStore.isValid;
  }
}, true);

show();
