// Writes through the official SDK and prints what it got, as one JSON object: node writing.mjs URL
// Each key is one claim of test_claims.py. What is made anew by every run (moments, ids, the ends of file names)
// is named instead of shown. expected_writing.json holds what PocketBase 0.39.11 answers on a fresh copy of the
// fixture: node writing.mjs URL > expected_writing.json
import { File } from "node:buffer"; // Debian's Node has no global one yet
import PocketBase from "pocketbase";
import { PASSWORD, client, failure, guest, superuser, url } from "./clients.mjs";
import { comparable, named } from "./comparing.mjs";

function text(content, name) {
  return new File([content], name, { type: "text/plain" });
}

const results = {};
const demo2 = guest.collection("demo2");
const demo1 = superuser.collection("demo1");
const demo3 = client.collection("demo3");

// --- creating ---
const plain = named(await demo2.create({ title: "from the SDK", active: true }), "plain");
results.created = [plain, await demo2.getOne(plain.id)];
results.createdWithAnId = await demo2.create({ id: "sdkrecord000001", title: "own id" }, { fields: "id,title,active" });
const full = named(
  await demo1.create(
    {
      text: "every type",
      bool: "true",
      url: "https://example.com/a?b=c",
      select_one: "optionA",
      select_many: ["optionB", "optionA"],
      number: "12.5",
      email: "sdk@example.com",
      datetime: new Date("2025-02-03T04:05:06.789Z"),
      json: { a: [1, 2.5, "x", null, true], b: {} },
      rel_one: "84nmscqy84lsi1t",
      rel_many: ["oap640cot4yru2s", "4q1xlclmfloku33"],
      point: { lon: 12.25, lat: -7.5 },
    },
    { expand: "rel_one,rel_many", fields: "*,expand.rel_one.text,expand.rel_many.name" },
  ),
  "full",
);
results.createdWithEveryType = full;

// --- files ---
const form = new FormData();
form.append("title", "with files");
form.append("files", new Blob(["first"], { type: "text/plain" }), "first file.txt");
form.append("files", new Blob(["{}"], { type: "application/json" }), "second.json");
const filed = named(await demo3.create(form), "filed");
results.createdWithFiles = filed;
const [firstFile, secondFile] = filed.files;
const kept = await demo3.update(filed.id, { "files+": [text("third", "third.txt")], "files-": [firstFile] });
results.changedFiles = [kept, kept.files[0] === secondFile];
results.removedFiles = await demo3.update(filed.id, { files: [] });
results.filesInAnObject = named(
  await demo1.create({ file_one: text("one", "Ünï çödé.txt"), json: [1, "2"], "number+": 3, point: { lon: 1, lat: 2 } }),
  "filesInAnObject",
);
results.lastFileWins = await demo1.create(
  { file_one: [text("a", "former.txt"), text("b", "latter.txt")], point: { lon: 0, lat: 0 } },
  { fields: "file_one" },
);

// --- modifiers ---
const change = (body) => demo1.update(full.id, body, { fields: "select_many,rel_many,number,text,json" });
results.modified = {
  appended: await change({ "select_many+": "optionC", "rel_many+": ["bgs820n361vj1qd"] }),
  prepended: await change({ "+select_many": "optionC", "+rel_many": ["bgs820n361vj1qd"] }),
  removed: await change({ "select_many-": ["optionB", "optionA"], "rel_many-": "oap640cot4yru2s" }),
  increased: await change({ "number+": 7.5 }),
  decreased: await change({ "number-": 30 }),
  emptied: await change({ select_many: [], rel_many: [], number: 0, json: null }),
};

// --- updating and deleting ---
results.updated = await demo2.update(plain.id, { title: "changed", active: false, nowhere: 1 }, { fields: "title,active" });
results.updatedNothing = await demo2.update(plain.id, {});
results.deleted = [await demo2.delete(plain.id), (await failure(demo2.getOne(plain.id))).status];

// --- accounts ---
const account = named(
  await superuser.collection("clients").create({
    email: "sdk@example.com",
    password: "a new password",
    passwordConfirm: "a new password",
    username: "sdk",
    verified: true,
    emailVisibility: true,
  }),
  "account",
);
results.account = account;
const signedIn = new PocketBase(url);
const session = await signedIn.collection("clients").authWithPassword("sdk@example.com", "a new password");
results.accountSignsIn = session.record;
const self = await superuser.collection("users").impersonate("4q1xlclmfloku33", 3600);
results.accountOfItsOwn = await self.collection("users").update("4q1xlclmfloku33", { name: "renamed", rel: "0yxhwia2amd8gec" });

// --- batches ---
const batch = guest.createBatch();
batch.collection("demo2").create({ id: "sdkbatch0000001", title: "batch 1" });
batch.collection("demo2").create({ title: "batch 2" }, { fields: "title,active" });
batch.collection("demo2").update("sdkbatch0000001", { "title": "batch 1 changed" }, { fields: "id,title" });
batch.collection("demo2").upsert({ id: "sdkbatch0000001", active: true });
batch.collection("demo2").upsert({ id: "sdkbatch0000002", title: "batch 3" });
batch.collection("demo2").delete("sdkrecord000001");
results.batch = await batch.send();
results.afterTheBatch = await demo2.getFullList({ filter: "title ~ 'batch'", sort: "title", fields: "title,active" });
const filesBatch = client.createBatch();
filesBatch.collection("demo3").create({ id: "sdkbatch0000003", title: "files", files: [text("in a batch", "batch.txt")] });
filesBatch.collection("demo3").update("sdkbatch0000003", { "files+": [text("one more", "more.txt")] });
results.batchWithFiles = await filesBatch.send();
const doomed = guest.createBatch();
doomed.collection("demo2").create({ title: "doomed" });
doomed.collection("demo2").create({ title: "" });
results.batchFails = [
  await failure(doomed.send()),
  await demo2.getFullList({ filter: "title = 'doomed'", fields: "title" }),
];

// --- collections ---
const collections = superuser.collections;
const books = await collections.create({
  name: "sdk_books",
  type: "base",
  listRule: "",
  createRule: "@request.auth.id != '' && @request.body.pages > 0",
  fields: [
    { name: "title", type: "text", required: true, max: 20 },
    { name: "pages", type: "number", onlyInt: true },
    { name: "tags", type: "select", maxSelect: 2, values: ["old", "new", "thick"] },
    { name: "owner", type: "relation", collectionId: "v851q4r790rhknl", cascadeDelete: true },
  ],
  indexes: ["CREATE UNIQUE INDEX idx_sdk_books_title ON sdk_books (title)"],
});
results.collectionCreated = books;
const book = named(
  await client.collection("sdk_books").create({ title: "A book", pages: 10, "tags+": ["new"], owner: account.id }),
  "book",
);
results.collectionIsWritable = book;
results.collectionUpdated = await collections.update("sdk_books", {
  name: "sdk_volumes",
  fields: [
    ...books.fields.map((field) => (field.name === "pages" ? { ...field, name: "sheets" } : field)),
    { name: "isbn", type: "text" },
  ],
});
results.collectionKeepsItsRecords = await guest.collection("sdk_volumes").getFullList();
results.collectionRead = (await collections.getOne("sdk_volumes")).fields.map((field) => field.name);
results.collectionList = await collections.getList(1, 3, { filter: "name ~ 'demo' || name ~ 'sdk'", sort: "-name", fields: "name,type,system" });
results.collectionTruncated = [await collections.truncate("sdk_volumes"), await guest.collection("sdk_volumes").getFullList()];
results.collectionDeleted = [await collections.delete("sdk_volumes"), (await failure(collections.getOne("sdk_volumes"))).status];

// --- settings ---
results.settings = await superuser.settings.getAll();
const saved = await superuser.settings.update({ meta: { appName: "sdk app", appURL: "https://sdk.example.com" }, logs: { maxDays: 3 } });
results.settingsUpdated = [saved.meta, saved.logs];
results.settingsStay = (await superuser.settings.getAll({ fields: "meta.appName,logs.maxDays" }));

// --- errors ---
const users = guest.collection("users");
results.errors = {
  missingRequired: await failure(demo2.create({})),
  takenTitle: await failure(demo2.create({ title: "test1" })),
  takenId: await failure(demo2.create({ id: "0yxhwia2amd8gec", title: "new" })),
  badId: await failure(demo2.create({ id: "short", title: "new" })),
  badValues: await failure(
    demo1.create({
      url: "nope",
      email: "nope",
      select_one: "optionX",
      select_many: ["optionA", "nope"],
      number: "many",
      rel_one: "missing",
      rel_many: ["missing"],
      json: "{",
      point: { lon: 500, lat: 0 },
    }),
  ),
  unknownFile: await failure(demo3.update(filed.id, { files: ["nowhere.txt"] })),
  refusedByTheRule: await failure(guest.collection("demo3").create({ title: "guest" })),
  superusersOnly: await failure(guest.collection("demo1").create({ text: "guest" })),
  viewsAreReadOnly: await failure(superuser.collection("view1").create({ text: "x" })),
  missingCollection: await failure(guest.collection("nowhere").create({})),
  updateOfAMissingRecord: await failure(demo2.update("missing", { title: "x" })),
  updateAgainstTheRule: await failure(guest.collection("demo3").update("1tmknxy2868d869", { title: "x" })),
  updateToATakenTitle: await failure(demo2.update("0yxhwia2amd8gec", { title: "test2" })),
  deleteOfAMissingRecord: await failure(demo2.delete("missing")),
  deleteWhileRequired: await failure(superuser.collection("demo3").delete("7nwo8tuiatetxdm")),
  passwordsDiffer: await failure(users.create({ email: "x@example.com", password: PASSWORD, passwordConfirm: "other" })),
  shortPassword: await failure(users.create({ email: "x@example.com", password: "1", passwordConfirm: "1" })),
  takenEmail: await failure(users.create({ email: "test@example.com", password: PASSWORD, passwordConfirm: PASSWORD })),
  verifiedByItself: await failure(
    users.create({ email: "x@example.com", password: PASSWORD, passwordConfirm: PASSWORD, verified: true }),
  ),
  oldPasswordMissing: await failure(
    self.collection("users").update("4q1xlclmfloku33", { password: "new password", passwordConfirm: "new password" }),
  ),
  oldPasswordWrong: await failure(
    self.collection("users").update("4q1xlclmfloku33", {
      oldPassword: "wrong",
      password: "new password",
      passwordConfirm: "new password",
    }),
  ),
  emptyBatch: await failure(guest.createBatch().send()),
  collectionNameTaken: await failure(collections.create({ name: "demo1", type: "base" })),
  collectionFields: await failure(
    collections.create({ name: "sdk bad", type: "base", listRule: "nope = 1", fields: [{ name: "x", type: "nope" }] }),
  ),
  collectionRule: await failure(collections.create({ name: "sdk_bad", type: "base", listRule: "nope = 1" })),
  collectionByAClient: await failure(client.collections.create({ name: "sdk_bad", type: "base" })),
  collectionReferenced: await failure(collections.delete("demo3")),
  settings: await failure(superuser.settings.update({ meta: { appName: "" }, logs: { maxDays: -1 } })),
  settingsByAClient: await failure(client.settings.getAll()),
};
console.log(JSON.stringify(comparable(results), null, 1));
