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

// --- deleting ---
await superuser.collection("demo1").update(record.id, { "file_many-": pixel });
results.removed = [(await fetched(guest.files.getURL(record, pixel))).status, (await fetched(guest.files.getURL(record, drawing))).status];
await superuser.collection("demo1").delete(record.id);
results.deleted = (await fetched(guest.files.getURL(record, drawing))).status;

// --- refusals ---
results.errors = { guestToken: await failure(guest.files.getToken()) };

console.log(JSON.stringify(results, null, 1));
