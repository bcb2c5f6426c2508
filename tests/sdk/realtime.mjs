// Listens through the official SDK and prints what it heard, as one JSON object: node realtime.mjs URL WORLD
// WORLD is JSON: `requestsTo` is the URL where all requests go but for those that open streams, so that these may be
// of another process. What the script asks for meanwhile is in conversation.py. Each key is one claim of
// test_realtime.py. expected_realtime.json holds what PocketBase 0.39.11 does (see reference.py).
import { EventSource } from "eventsource";
import PocketBase from "pocketbase";
import { PASSWORD, client, failure, guest, superuser, url } from "./clients.mjs";
import { comparable } from "./comparing.mjs";
import { ask, done } from "./conversation.mjs";
import { connections, listen } from "./listening.mjs";

globalThis.EventSource = EventSource; // Node has none of its own
const { requestsTo } = JSON.parse(process.argv[3]);
const CLIENT = "gk390qegs4y47wn";
const OTHER_CLIENT = "o1y0dd0spd786md";
const results = {};

function withRequestsElsewhere(one) {
  one.beforeSend = (address, options) => ({ url: address.replace(url, requestsTo), options });
  return one;
}

// A client with a connection of its own.
function newClient(authStore) {
  const made = withRequestsElsewhere(new PocketBase(url));
  if (authStore) made.authStore.save(authStore.token, authStore.record);
  return made;
}

async function signedIn(collection, email, password = PASSWORD) {
  const made = newClient();
  await made.collection(collection).authWithPassword(email, password);
  return made;
}

function actions(heard) {
  return heard.all.map(({ action, record }) => [action, record.title]);
}

[guest, client, superuser].forEach(withRequestsElsewhere);
const demo2 = guest.collection("demo2");

// --- a whole collection, and one record ---
{
  const listener = newClient();
  const all = await listen(listener.collection("demo2"), "*");
  const byId = await listen(listener.collection("sz5l5z67tg7gku0"), "*");
  const asOfOld = await listen(listener.realtime, "demo2");
  const one = await listen(listener.collection("demo2"), "sdkrealtime0001");
  const another = await listen(listener.collection("demo2"), "0yxhwia2amd8gec");
  const again = await listen(listener.collection("demo2"), "*");
  await demo2.create({ id: "sdkrealtime0001", title: "created" });
  await all.upTo(1);
  await demo2.update("sdkrealtime0001", { title: "updated", active: true });
  await all.upTo(2);
  await demo2.create({ id: "sdkrealtime0002", title: "another one" });
  await all.upTo(3);
  await demo2.delete("sdkrealtime0001");
  results.all = await all.upTo(4);
  results.twoListeners = (await again.upTo(4)).length;
  results.byId = (await byId.upTo(4)).map(({ action }) => action);
  results.asOfOld = (await asOfOld.upTo(4)).map(({ action }) => action);
  results.oneRecord = await one.upTo(3);
  results.anotherRecord = another.all;
  await listener.realtime.unsubscribe();
}

// --- options ---
await superuser.collections.create({
  name: "sdk_notes",
  type: "base",
  listRule: "public = true || owner = @request.auth.id || @request.headers.x_token = 'let me in' || @request.query.key = 'word'",
  viewRule: "@request.context = 'realtime' && owner = @request.auth.id",
  fields: [
    { name: "title", type: "text" },
    { name: "public", type: "bool" },
    { name: "secret", type: "text", hidden: true },
    { name: "owner", type: "relation", collectionId: "v851q4r790rhknl" },
    { name: "about", type: "relation", collectionId: "sz5l5z67tg7gku0", cascadeDelete: true },
  ],
});
const notes = superuser.collection("sdk_notes");
{
  const listener = newClient();
  const service = listener.collection("sdk_notes");
  const topics = {
    ruleAlone: await listen(service, "*"),
    filter: await listen(service, "*", { filter: listener.filter("title ~ {:part}", { part: "ap" }) }),
    fields: await listen(service, "*", { fields: "title,public" }),
    expand: await listen(service, "*", { expand: "about,owner", fields: "title,expand.about.title" }),
    refusedExpand: await listen(service, "*", { expand: "owner", fields: "title,expand.owner.id" }),
    headers: await listen(service, "*", { headers: { "X-Token": "let me in" }, fields: "title" }),
    wrongHeaders: await listen(service, "*", { headers: { "X-Token": "please" }, fields: "title" }),
    query: await listen(service, "*", { query: { key: "word" }, fields: "title" }),
    unknownOption: await listen(service, "*", { key: "word", fields: "title" }),
    invalidFilter: await listen(service, "*", { filter: "nope = 1" }),
    filterOfSuperusers: await listen(service, "*", { filter: "@request.auth.id = ''" }),
    viewRule: await listen(service, "sdknote00000002"),
  };
  const { ruleAlone, fields, expand, refusedExpand, filter, headers, query, unknownOption } = topics;
  // Rules are asked a moment after a write: the next one comes when all who are to hear of it have.
  const heardBy = (everybody, filtered, trusted) =>
    Promise.all([
      ...[ruleAlone, fields, expand, refusedExpand].map((topic) => topic.upTo(everybody)),
      filter.upTo(filtered),
      ...[headers, query, unknownOption].map((topic) => topic.upTo(trusted)),
    ]);
  await notes.create({ id: "sdknote00000001", title: "apple", secret: "s", about: "0yxhwia2amd8gec" });
  await heardBy(1, 1, 1);
  await notes.create({ id: "sdknote00000002", title: "pear", public: true, owner: CLIENT, about: "0yxhwia2amd8gec" });
  await heardBy(2, 1, 2);
  await notes.update("sdknote00000001", { public: true });
  await heardBy(3, 2, 3);
  await notes.update("sdknote00000002", { public: false });
  await heardBy(3, 2, 4);
  await notes.update("sdknote00000001", { title: "apricot" });
  await heardBy(4, 3, 5);
  results.options = Object.fromEntries(Object.entries(topics).map(([name, { all }]) => [name, all]));
  await listener.realtime.unsubscribe();
}

// --- who one is ---
{
  const owner = newClient(client.authStore);
  const chief = newClient(superuser.authStore);
  const owned = await listen(owner.collection("sdk_notes"), "*");
  const one = await listen(owner.collection("sdk_notes"), "sdknote00000002");
  const mark = await listen(owner.collection("demo2"), "sdkrealtime0002");
  const everything = await listen(chief.collection("sdk_notes"), "*", { filter: "@request.auth.id != '' && title != 'x'" });
  await notes.update("sdknote00000002", { title: "mine" });
  await Promise.all([owned.upTo(1), one.upTo(1), everything.upTo(1)]);
  await notes.update("sdknote00000002", { title: "not mine", owner: OTHER_CLIENT });
  await demo2.update("sdkrealtime0002", { title: "the owner hears this" });
  await Promise.all([everything.upTo(2), mark.upTo(1)]);
  await notes.update("sdknote00000002", { title: "mine again", owner: CLIENT, secret: "known to superusers" });
  results.owner = [await owned.upTo(2), actions({ all: await one.upTo(2) })];
  results.superuser = await everything.upTo(3);
  await owner.realtime.unsubscribe();
  await chief.realtime.unsubscribe();
}

// --- guest, user, other user: the SDK tells the server with the next subscription ---
{
  const listener = newClient();
  const { connected, lost } = await connections(listener);
  const heard = await listen(listener.collection("sdk_notes"), "*", { fields: "title" });
  const marks = await listen(listener.collection("demo2"), "*");
  const steps = {};
  // Writes something of the user, then something that everybody sees.
  const step = async (name) => {
    await notes.update("sdknote00000002", { title: name });
    await demo2.update("sdkrealtime0002", { title: name });
    await marks.upTo(Object.keys(steps).length + 1);
    steps[name] = heard.all.length;
  };
  await step("as a guest");
  await listener.collection("clients").authWithPassword("test@example.com", PASSWORD);
  await step("signed in, and not told");
  await listen(listener.realtime, "sdk_any");
  await notes.update("sdknote00000002", { title: "signed in" });
  await heard.upTo(1);
  const other = await superuser.collection("clients").impersonate(OTHER_CLIENT, 3600);
  listener.authStore.save(other.authStore.token, other.authStore.record);
  const asAnother = await failure(listen(listener.realtime, "sdk_other"));
  listener.authStore.clear();
  const asAGuest = await failure(listen(listener.realtime, "sdk_guest"));
  await notes.update("sdknote00000002", { title: "who one was stays" });
  await heard.upTo(2);
  results.whoOneIs = { steps, heard: heard.all, connected: connected.all.length, lost: lost.all };
  results.errors = { asAnother, asAGuest };
  // A new connection is somebody new.
  await listener.realtime.unsubscribe();
  listener.authStore.save(other.authStore.token, other.authStore.record);
  const anew = await listen(listener.collection("sdk_notes"), "*", { fields: "title" });
  await notes.update("sdknote00000002", { title: "the other's", owner: OTHER_CLIENT });
  results.newConnection = await anew.upTo(1);
  await listener.realtime.unsubscribe();
}

// --- accounts ---
await superuser.collections.create({
  name: "sdk_people",
  type: "auth",
  listRule: "id = @request.auth.id",
  viewRule: "id = @request.auth.id",
  updateRule: "id = @request.auth.id",
  deleteRule: "id = @request.auth.id",
  authAlert: { enabled: false },
  fields: [{ name: "title", type: "text" }],
});
const people = superuser.collection("sdk_people");
for (const [id, name] of [["sdkperson000001", "ada"], ["sdkperson000002", "bob"]]) {
  await people.create({ id, title: name, email: `${name}@example.com`, password: PASSWORD, passwordConfirm: PASSWORD });
}
{
  const ada = await signedIn("sdk_people", "ada@example.com");
  const { connected, lost } = await connections(ada);
  const herself = await listen(ada.collection("sdk_people"), "sdkperson000001");
  const everybody = await listen(ada.collection("sdk_people"), "*", { fields: "title,email,emailVisibility" });
  const marks = await listen(ada.collection("demo2"), "*", { fields: "title" });
  await ada.collection("sdk_people").update("sdkperson000001", { title: "ada lovelace" });
  await herself.upTo(1);
  await people.update("sdkperson000002", { title: "robert" });
  await ada.collection("sdk_people").delete("sdkperson000001");
  const own = await herself.upTo(2);
  await everybody.upTo(2);
  await people.update("sdkperson000002", { title: "robert again" });
  await demo2.update("sdkrealtime0002", { title: "a guest hears this" });
  await marks.upTo(1);
  results.ownAccount = { own, everybody: everybody.all, marks: marks.all };
  // Its connection stands for nobody any more, and so for whoever comes next.
  await ada.collection("sdk_people").authWithPassword("bob@example.com", PASSWORD);
  const bob = await listen(ada.collection("sdk_people"), "sdkperson000002");
  await people.update("sdkperson000002", { title: "bob" });
  results.nextAccount = [await bob.upTo(1), connected.all.length, lost.all];
  // Another password ends every session: what one may see is told to nobody.
  await ada.collection("sdk_people").update("sdkperson000002", {
    oldPassword: PASSWORD,
    password: "another password",
    passwordConfirm: "another password",
  });
  await people.update("sdkperson000002", { title: "bob at last" });
  await demo2.update("sdkrealtime0002", { title: "a guest hears this too" });
  await marks.upTo(2);
  results.otherPassword = [bob.all.length, everybody.all.length];
  await ada.realtime.unsubscribe();
}

// --- topics of one's own ---
{
  const listener = newClient();
  const service = listener.realtime;
  const orders = await listen(service, "orders");
  const withOptions = await listen(service, "orders", { query: { a: "b" } });
  const others = await listen(service, "orders/17");
  const sent = [{ number: 17, text: "Ünï\nçödé" }, [1, null, "x"], "text", 0, null];
  await ask("send", [...sent.map((data) => ["orders", data]), ["orders/17", { only: "there" }]]);
  results.ownTopics = [await orders.upTo(5), await withOptions.upTo(5), await others.upTo(1)];
  await service.unsubscribe();
}

// --- unsubscribing ---
{
  const listener = newClient();
  const service = listener.collection("demo2");
  const { lost } = await connections(listener);
  const first = await listen(service, "*");
  const second = await listen(service, "*");
  const one = await listen(service, "sdkrealtime0002");
  const other = await listen(service, "0yxhwia2amd8gec");
  const withOptions = await listen(service, "*", { fields: "title" });
  const marks = await listen(listener.collection("sdk_notes"), "*", { key: "word" });
  const all = { first, second, one, other, withOptions, marks };
  const counts = () => Object.fromEntries(Object.entries(all).map(([name, heard]) => [name, heard.all.length]));
  let sent = 0;
  // What is heard of a write; of another one after it everybody who is here hears.
  const write = async (...still) => {
    await demo2.update("sdkrealtime0002", { title: `unsubscribing ${sent++}` });
    await Promise.all(still.map(([heard, count]) => heard.upTo(count)));
    await notes.update("sdknote00000001", { title: `mark ${sent}` });
    await marks.upTo(sent);
    return counts();
  };
  results.unsubscribing = {};
  results.unsubscribing.before = await write([first, 1], [second, 1], [one, 1], [withOptions, 1]);
  await first.end();
  await first.end();
  results.unsubscribing.oneListener = await write([second, 2], [one, 2], [withOptions, 2]);
  await service.unsubscribe("*");
  await service.unsubscribe("*");
  results.unsubscribing.topic = await write([one, 3]);
  await second.end();
  results.unsubscribing.listenerOfThatTopic = await write([one, 4]);
  await service.unsubscribe(); // those of the collection
  await service.unsubscribe();
  results.unsubscribing.prefix = await write();
  const before = lost.all.length;
  await listener.realtime.unsubscribe();
  await listener.realtime.unsubscribe();
  await listener.realtime.unsubscribe("nowhere");
  await listener.realtime.unsubscribeByPrefix("nowhere");
  await one.end();
  results.unsubscribing.all = [before, lost.all, listener.realtime.isConnected];
  const anew = await listen(service, "*", { fields: "title" });
  await demo2.update("sdkrealtime0002", { title: "subscribed anew" });
  results.unsubscribing.anew = [await anew.upTo(1), counts()];
  await anew.end();
  results.unsubscribing.last = listener.realtime.isConnected;
}

// --- many at once: the SDK gives up requests that later ones replace ---
{
  const listener = newClient();
  const many = await Promise.all(
    Array.from({ length: 50 }, (_, number) => listen(listener.collection("demo2"), "*", { query: { number } })),
  );
  const few = await Promise.all(
    Array.from({ length: 5 }, (_, number) => listen(listener.collection("demo2"), "sdkrealtime0002", { query: { number } })),
  );
  await demo2.update("sdkrealtime0002", { title: "heard by many" });
  results.atOnce = (await Promise.all([...many, ...few].map((heard) => heard.upTo(1)))).map((all) => all.length);
  await listener.realtime.unsubscribe();
}

// --- batches, in order or not at all; what goes with a record ---
{
  await demo2.create({ id: "sdkrealtime0003", title: "last of a batch" });
  const listener = newClient(superuser.authStore);
  const heard = await listen(listener.collection("demo2"), "*");
  const about = await listen(listener.collection("sdk_notes"), "*");
  const doomed = guest.createBatch();
  doomed.collection("demo2").create({ title: "doomed" });
  doomed.collection("demo2").create({ title: "" });
  await failure(doomed.send());
  const batch = guest.createBatch();
  const written = [["update", "first of a batch"]];
  batch.collection("demo2").update("sdkrealtime0002", { title: "first of a batch" });
  for (let number = 0; number < 20; number++) {
    const title = `batch ${number}`;
    batch.collection("demo2").create({ id: `sdkbatch0000${String(number).padStart(3, "0")}`, title });
    written.push(["create", title]);
  }
  batch.collection("demo2").delete("sdkrealtime0003");
  written.push(["delete", "last of a batch"]);
  await batch.send();
  const told = actions({ all: await heard.upTo(22) });
  results.batch = [...told].sort();
  results.batchInOrder = JSON.stringify(told) === JSON.stringify(written) || told;
  await notes.create({ id: "sdknote00000003", title: "goes too", about: "sdkbatch0000000" });
  await about.upTo(1);
  await demo2.delete("sdkbatch0000000");
  results.cascade = [actions({ all: await heard.upTo(23) }).at(-1), actions({ all: await about.upTo(2) })];
  await listener.realtime.unsubscribe();
}

// --- a stream ends because the server does, in good order or not, or because nothing happened on it ---
for (const end of ["restart", "crash", "shortStream"]) {
  const listener = newClient(client.authStore);
  if (end === "shortStream") await ask(end);
  const { connected, lost } = await connections(listener);
  const heard = await listen(listener.collection("sdk_notes"), "*", { fields: "title" });
  if (end !== "shortStream") await ask(end);
  await lost.upTo(1);
  await connected.upTo(2);
  await notes.update("sdknote00000002", { title: `after the ${end}`, owner: CLIENT });
  results[end] = [await heard.upTo(1), lost.all, connected.all.length];
  await listener.realtime.unsubscribe();
}

results.errors.topicTooLong = await failure(newClient().realtime.subscribe("t".repeat(2501), () => {}));
{
  const listener = newClient();
  await listen(listener.realtime, "short");
  results.errors.nextTopicTooLong = await failure(listener.realtime.subscribe("t".repeat(2501), () => {}));
  await listener.realtime.unsubscribe();
}
const text = JSON.stringify(comparable(results));
done(JSON.parse(text.replaceAll(requestsTo, "").replaceAll(url, "")));
