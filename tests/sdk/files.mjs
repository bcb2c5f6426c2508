// Uploads, protects, fetches and deletes files through the official SDK and prints what it got, as one JSON
// object: node files.mjs URL
// Each key is one claim of test_claims.py. The ids of records and the ends of file names, which every run makes
// anew, are named instead of shown. expected_files.json holds what PocketBase 0.39.11 answers on a fresh copy of
// the fixture: node files.mjs URL > expected_files.json
import { client, failure, guest, superuser, url } from "./clients.mjs";

const SUFFIX = /(_[a-zA-Z0-9]{10})+(?=\.\w+$)/;
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const HEADERS = ["content-type", "content-length", "content-range", "cache-control", "accept-ranges"];

// What a browser gets from an address of the SDK's.
async function fetched(address, headers = {}) {
  const response = await fetch(address, { headers });
  const shown = Object.fromEntries(HEADERS.map((name) => [name, response.headers.get(name)]));
  const disposition = response.headers.get("content-disposition")?.replace(SUFFIX, "_SUFFIX");
  const isText = response.headers.get("content-type")?.startsWith("text/");
  return { status: response.status, ...shown, disposition, text: isText ? await response.text() : null };
}

const shownUrl = (address) => address.replace(url, "").replace(/[a-z0-9]{15}(?=\/[^/]*$)/, "ID").replace(/(_[a-zA-Z0-9]{10})+(?=\.\w+)/, "_SUFFIX");

const results = {};
const form = new FormData();
form.append("text", "files");
form.append("point", '{"lon":0,"lat":0}');
form.append("file_one", new Blob(["kept from others"], { type: "text/plain" }), "secret note.txt");
form.append("file_many", new Blob([Buffer.from(PIXEL, "base64")], { type: "image/png" }), "Pixel.png");
form.append("file_many", new Blob(["<svg xmlns='http://www.w3.org/2000/svg'/>"], { type: "image/svg+xml" }), "drawing.svg");
const record = await superuser.collection("demo1").create(form);
const [pixel, drawing] = record.file_many;

// --- addresses ---
const options = { plain: {}, thumb: { thumb: "100x100" }, download: { download: true }, noDownload: { download: false } };
results.urls = Object.fromEntries(
  Object.entries(options).map(([name, option]) => [name, shownUrl(guest.files.getURL(record, pixel, option))]),
);

// --- open files ---
results.picture = await fetched(guest.files.getURL(record, pixel));
results.drawing = await fetched(guest.files.getURL(record, drawing));
results.download = await fetched(guest.files.getURL(record, pixel, { download: true }));
const thumb = await fetched(guest.files.getURL(record, pixel, { thumb: "100x100" }));
results.thumb = { ...thumb, "content-length": thumb["content-length"] > 0 }; // encoders differ

// --- a protected file ---
const secret = record.file_one;
const asReader = async (pb, token) => fetched(pb.files.getURL(record, secret, { token }));
results.token = (await superuser.files.getToken()).split(".").length;
results.protected = {
  superuser: await asReader(superuser, await superuser.files.getToken()),
  part: await fetched(superuser.files.getURL(record, secret, { token: await superuser.files.getToken() }), { Range: "bytes=5-8" }),
  another: (await asReader(client, await client.files.getToken())).status,
  guest: (await asReader(guest, "")).status,
  authToken: (await asReader(superuser, superuser.authStore.token)).status,
};

// --- adding, keeping, putting in order ---
const shownNames = (names) => [names].flat().map((name) => name.replace(SUFFIX, "_SUFFIX"));
const text = (name) => new File([name], `${name}.txt`);
const demo1 = superuser.collection("demo1");
let many = (await demo1.create({ text: "many", point: { lon: 0, lat: 0 }, file_many: [text("first"), text("second")] })).file_many;
const { items: [kept] } = await demo1.getList(1, 1, { filter: `file_many ~ ${JSON.stringify(many[0])}` });
async function changed(changes) {
  const { file_one, file_many } = await demo1.update(kept.id, changes);
  many = file_many;
  return [shownNames(file_one), shownNames(file_many)];
}
results.changes = {
  prepended: await changed({ "+file_many": text("zeroth") }),
  appended: await changed({ "file_many+": [text("third"), text("fourth")] }),
  reordered: await changed({ file_many: many.slice().reverse() }),
  keptAndAdded: await changed({ file_many: [many[0], many[2], text("fifth")] }),
  removedAndAdded: await changed({ "file_many-": many[0], "file_many+": text("sixth") }),
  single: await changed({ file_one: text("only") }),
  lastOfTwo: await changed({ file_one: [text("early"), text("later")] }),
  replaced: await changed({ file_many: text("alone") }),
  emptied: await changed({ file_many: [], file_one: null }),
};

// --- in a batch ---
const batch = superuser.createBatch();
batch.collection("demo1").create({ text: "batch", point: { lon: 0, lat: 0 }, file_one: text("one"), file_many: [text("two"), text("three")] });
batch.collection("demo1").update(kept.id, { "file_many+": text("four") });
const [{ body: both }, { body: updated }] = await batch.send();
results.batch = [both.file_one, ...both.file_many, ...updated.file_many].map((name) => shownNames(name)[0]);
results.ofTheBatch = await Promise.all(both.file_many.map(async (name) => (await fetched(guest.files.getURL(both, name))).text));
await Promise.all([both.id, kept.id].map((id) => demo1.delete(id)));

// --- deleting ---
await superuser.collection("demo1").update(record.id, { "file_many-": pixel });
results.removed = [(await fetched(guest.files.getURL(record, pixel))).status, (await fetched(guest.files.getURL(record, drawing))).status];
await superuser.collection("demo1").delete(record.id);
results.deleted = (await fetched(guest.files.getURL(record, drawing))).status;

// --- refusals ---
results.errors = {
  guestToken: await failure(guest.files.getToken()),
  madeUp: await failure(demo1.create({ text: "x", point: { lon: 0, lat: 0 }, file_many: ["made_up.txt"] })),
  withoutPart: await failure(demo1.create({ text: "x", point: { lon: 0, lat: 0 }, file_many: [text("fine"), "made_up.txt"] })),
};

console.log(JSON.stringify(results, null, 1));
