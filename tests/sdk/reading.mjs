// Reads through the official SDK and prints what it got, as one JSON object: node reading.mjs URL
// Each key is one claim of test_claims.py; an error is shown as the SDK's callers see it, and what is random only
// by its length. expected_reading.json holds what PocketBase 0.39.11 answers:
// node reading.mjs URL > expected_reading.json
import { PASSWORD, client, clientSignedIn, failure, guest, superuser, superuserSignedIn } from "./clients.mjs";

function sized(text) {
  return `${text.length} characters`;
}

function withoutRandom({ logo, state, codeVerifier, codeChallenge, authUrl, authURL, ...provider }) {
  const parts = new URL(authURL);
  for (const name of ["state", "code_challenge"]) parts.searchParams.set(name, sized(parts.searchParams.get(name)));
  const random = Object.fromEntries(
    Object.entries({ state, codeVerifier, codeChallenge }).map(([name, text]) => [name, sized(text)]),
  );
  const address = [parts.origin + parts.pathname, Object.fromEntries(parts.searchParams)];
  return { ...provider, ...random, address, endsWithRedirect: authURL.endsWith("&redirect_uri="), same: authUrl === authURL };
}

const results = {};

results.health = await guest.health.check();
const methods = await guest.collection("users").listAuthMethods();
methods.oauth2.providers = methods.oauth2.providers.map(withoutRandom);
results.methods = methods;

// --- signing in ---
results.signedIn = { record: clientSignedIn.record, store: [client.authStore.isValid, client.authStore.isSuperuser] };
results.superuser = {
  id: superuserSignedIn.record.id,
  collectionName: superuserSignedIn.record.collectionName,
  store: [superuser.authStore.isValid, superuser.authStore.isSuperuser],
};
const refreshed = await client.collection("clients").authRefresh();
results.refreshed = { record: refreshed.record, stored: client.authStore.token === refreshed.token };
const impersonated = await superuser.collection("users").impersonate("4q1xlclmfloku33", 3600);
results.impersonated = {
  id: impersonated.authStore.record.id,
  collectionName: impersonated.authStore.record.collectionName,
  self: await impersonated.collection("users").getOne("4q1xlclmfloku33", { fields: "id,email,verified,rel" }),
};

// --- lists ---
const demo2 = guest.collection("demo2");
results.list = await demo2.getList(1, 2, { sort: "title", fields: "id,title,active" });
results.secondPage = await demo2.getList(2, 2, { sort: "title", fields: "id,title,active", skipTotal: true });
results.fullList = await demo2.getFullList({ batch: 1, sort: "-title", fields: "title" });
results.filtered = await demo2.getFullList({
  filter: guest.filter("title ~ {:part} && active = {:active} && created < {:moment}", {
    part: "test",
    active: true,
    moment: new Date("2100-01-01"),
  }),
  fields: "title",
  sort: "+title",
});
results.quoted = await demo2.getFullList({ filter: guest.filter("title = {:t}", { t: `it's "so" || 1=1` }) });
results.first = await demo2.getFirstListItem('title = "test2"', { fields: "id,title" });
results.demo1 = await superuser.collection("demo1").getList(1, 10, {
  sort: "number,id",
  filter: "rel_many:length >= 1 || select_many:each ?= 'optionA'",
  expand: "rel_one,rel_many",
  fields: "id,text,number,select_many,json,point,expand.rel_one.id,expand.rel_many.id,expand.rel_many.email",
});
results.backRelation = await guest.collection("demo4").getList(1, 10, {
  sort: "title",
  filter: "self_rel_many.title ?~ 'test'",
  expand: "self_rel_one,demo5_via_rel_one",
  fields: "id,title,expand.self_rel_one.title,expand.demo5_via_rel_one.id",
});
results.excerpt = await demo2.getOne("0yxhwia2amd8gec", { fields: "id,title:excerpt(3,true)" });
results.viewCollection = await guest.collection("view2").getFullList({ sort: "id", fields: "*" });

// --- single records ---
results.one = await demo2.getOne("0yxhwia2amd8gec");
results.underARule = await client.collection("demo3").getList(1, 1, { sort: "title", fields: "title" });
results.hiddenFromGuests = await guest.collection("demo3").getList(1, 1, { sort: "title" });

// --- errors ---
results.errors = {
  wrongPassword: await failure(guest.collection("clients").authWithPassword("test@example.com", "wrong-password")),
  emptyPassword: await failure(guest.collection("clients").authWithPassword("test@example.com", "")),
  secondFactor: await failure(guest.collection("users").authWithPassword("test@example.com", PASSWORD)),
  missingRecord: await failure(demo2.getOne("missing")),
  noMatch: await failure(demo2.getFirstListItem("title = 'nope'")),
  missingCollection: await failure(guest.collection("nowhere").getList()),
  badFilter: await failure(demo2.getList(1, 1, { filter: "title = " })),
  unknownField: await failure(demo2.getList(1, 1, { filter: "nope = 1" })),
  superusersOnly: await failure(guest.collection("demo1").getList()),
  refreshOfAGuest: await failure(guest.collection("users").authRefresh()),
  impersonationByAUser: await failure(client.collection("users").impersonate("4q1xlclmfloku33", 10)),
};
const { response } = results.errors.secondFactor;
response.mfaId = sized(response.mfaId);
console.log(JSON.stringify(results, null, 1));
