// Signs in through the official SDK in every way, and prints what it got, as one JSON object:
// node signing_in.mjs URL WORLD
// WORLD is JSON: the port of a mail server, the folder where its mails appear as texts, and an OAuth2 provider with
// codes of it. Each key is one claim of test_claims.py; what every run makes anew is named instead of shown.
// expected_signing_in.json holds what PocketBase 0.39.11 answers (see script.py).
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import PocketBase from "pocketbase";
import { PASSWORD, failure, guest, superuser, url } from "./clients.mjs";

const world = JSON.parse(process.argv[3]);
const CODE = /\b\d{8}\b/;
const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;
const results = {};
const used = new Set();

// What the next mail to this address says that fits the pattern.
async function mailed(address, pattern) {
  for (let turn = 0; turn < 1500; turn++) {
    for (const name of readdirSync(world.mails).sort()) {
      if (used.has(name) || name.endsWith(".part")) continue;
      const mail = readFileSync(join(world.mails, name), "utf-8");
      const found = mail.match(pattern);
      if (!mail.startsWith(`To: ${address}\n`) || !found) continue;
      used.add(name);
      return found[0];
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no mail came to ${address}`);
}

function newClient() {
  const made = new PocketBase(url);
  made.autoCancellation(false);
  return made;
}

function claims(token) {
  const { exp, ...others } = JSON.parse(atob(token.split(".")[1]));
  return { ...others, seconds: Math.round((exp - Date.now() / 1000) / 60) * 60 };
}

// The answer to a sign-in, and what the client keeps of it.
function signedIn(answer, client) {
  const { record, token, ...others } = answer;
  const { isValid, isSuperuser, record: kept } = client.authStore;
  return {
    answer: others,
    id: record.id,
    verified: record.verified,
    claims: claims(token),
    store: { isValid, isSuperuser, id: kept.id, sameToken: client.authStore.token === token },
  };
}

await superuser.settings.update({
  meta: { appName: "SDK", appURL: url },
  smtp: { enabled: true, host: "127.0.0.1", port: world.smtpPort },
});
const users = () => newClient().collection("users");

// --- codes, and two factors ---
results.methods = await users().listAuthMethods({ fields: "password,otp,mfa" });
const otp = await users().requestOTP("test2@example.com");
results.requestedCode = Object.keys(otp);
const code = await mailed("test2@example.com", CODE);
const codeFirst = newClient();
const firstFactor = await failure(codeFirst.collection("users").authWithOTP(otp.otpId, code));
results.codeFirst = { status: firstFactor.status, keys: Object.keys(firstFactor.response) };
results.passwordSecond = signedIn(
  await codeFirst.collection("users").authWithPassword("test2@example.com", PASSWORD, firstFactor.response),
  codeFirst,
);
const passwordFirst = newClient();
const { response: session } = await failure(
  passwordFirst.collection("users").authWithPassword("test2@example.com", PASSWORD),
);
const second = await passwordFirst.collection("users").requestOTP("test2@example.com");
results.codeSecond = signedIn(
  await passwordFirst
    .collection("users")
    .authWithOTP(second.otpId, await mailed("test2@example.com", CODE), { query: session }),
  passwordFirst,
);
const unknown = await users().requestOTP("nobody@example.com");
const afterUnknown = await failure(users().authWithOTP(unknown.otpId, "12345678"));
results.unknownAddress = { length: unknown.otpId.length, status: afterUnknown.status, message: afterUnknown.message };

// --- one factor from here on ---
await superuser.collections.update("users", { mfa: { enabled: false } });
const me = newClient();
const unverified = me.collection("users");
results.oneFactor = signedIn(await unverified.authWithPassword("test@example.com", PASSWORD), me);

// --- verification: the client that has signed in learns of it ---
results.verificationRequested = await unverified.requestVerification("test@example.com");
const verification = await mailed("test@example.com", JWT);
results.verified = [await unverified.confirmVerification(verification), me.authStore.record.verified];
results.refreshed = signedIn(await unverified.authRefresh(), me);

// --- another address: it ends the session of the client that confirms it ---
results.changeRequested = await unverified.requestEmailChange("new@example.com");
const change = await mailed("new@example.com", JWT);
results.changeWithWrongPassword = (await failure(unverified.confirmEmailChange(change, "wrong"))).response;
results.changed = [await unverified.confirmEmailChange(change, PASSWORD), me.authStore.isValid];
results.changedTwice = (await failure(users().confirmEmailChange(change, PASSWORD))).response;

// --- a forgotten password ---
results.resetRequested = await users().requestPasswordReset("new@example.com");
const reset = await mailed("new@example.com", JWT);
results.tooShort = (await failure(users().confirmPasswordReset(reset, "short", "short"))).response;
results.reset = await users().confirmPasswordReset(reset, "another password", "another password");
results.resetTwice = (await failure(users().confirmPasswordReset(reset, "yet another one", "yet another one"))).response;
results.oldPassword = (await failure(users().authWithPassword("new@example.com", PASSWORD))).response;
results.newPassword = signedIn(await me.collection("users").authWithPassword("new@example.com", "another password"), me);

// --- keys for programs, and superusers whose token renews itself ---
const key = await superuser.collection("_superusers").impersonate("sywbhecnh46rhm0", 100_000_000);
results.key = { claims: claims(key.authStore.token), lists: (await key.collection("users").getList()).totalItems };
results.keyStays = (await key.collection("_superusers").authRefresh()).token === key.authStore.token;
const renewing = newClient();
await renewing
  .collection("_superusers")
  .authWithPassword("test2@example.com", PASSWORD, { autoRefreshThreshold: 10 * 365 * 86_400 });
const before = renewing.authStore.token;
await new Promise((resolve) => setTimeout(resolve, 1100));
await renewing.collection("users").getList();
results.renewed = [renewing.authStore.token !== before, renewing.authStore.isSuperuser];

// --- an account elsewhere ---
const provider = {
  name: "oidc",
  clientId: world.provider.clientId,
  clientSecret: world.provider.clientSecret,
  authURL: `${world.provider.url}/authorize`,
  tokenURL: `${world.provider.url}/token`,
  userInfoURL: `${world.provider.url}/userinfo`,
  displayName: "Elsewhere",
};
await superuser.collections.update("users", {
  oauth2: { enabled: true, providers: [provider], mappedFields: { name: "name", username: "username" } },
});
const { providers } = (await users().listAuthMethods({ fields: "oauth2" })).oauth2;
results.provider = providers.map(({ name, displayName, codeChallengeMethod, codeVerifier, authURL }) => {
  return { name, displayName, codeChallengeMethod, verifier: codeVerifier.length, end: authURL.slice(-14) };
});
const elsewhere = newClient();
const byCode = (number, verifier, createData) => {
  const { codes, redirectURL } = world.provider;
  return elsewhere.collection("users").authWithOAuth2Code("oidc", codes[number], verifier, redirectURL, createData);
};
results.wrongVerifier = await failure(byCode(0, "wrong"));
results.signedUp = signedIn(await byCode(1, world.provider.verifier, { username: "chosen" }), elsewhere);
results.signedUp.username = elsewhere.authStore.record.username;
results.signedInAgain = signedIn(await byCode(2, world.provider.verifier), elsewhere);
const newId = elsewhere.authStore.record.id;
const linked = await superuser.collection("users").listExternalAuths(newId);
results.linked = linked.map((one) => ({ provider: one.provider, providerId: one.providerId }));
results.unlinked = await elsewhere.collection("users").unlinkExternalAuth(newId, "oidc");
results.nothingLinked = await superuser.collection("users").listExternalAuths(newId);

results.errors = {
  notConfigured: await failure(guest.collection("clients").authWithOTP("x", "12345678")),
  unknownProvider: await failure(users().authWithOAuth2Code("google", "x", "y", "z")),
  badAddress: await failure(users().requestVerification("x")),
  badToken: await failure(users().confirmVerification("x")),
  guestsHaveNoAddress: await failure(users().requestEmailChange("a@example.com")),
};

const text = JSON.stringify(results, null, 1).replaceAll(newId, "id of the new one").replaceAll(world.provider.url, "PROVIDER");
console.log(text.replaceAll(url, "URL"));
