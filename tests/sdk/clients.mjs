// Who talks to the server at the URL of the command line, and how a refusal is shown.
import PocketBase, { ClientResponseError } from "pocketbase";

export const [url] = process.argv.slice(2);
export const PASSWORD = "1234567890";
export const guest = new PocketBase(url);
export const client = new PocketBase(url);
export const superuser = new PocketBase(url);
export const clientSignedIn = await client.collection("clients").authWithPassword("test@example.com", PASSWORD);
export const superuserSignedIn = await superuser
  .collection("_superusers")
  .authWithPassword("test@example.com", PASSWORD);

// The error as the SDK's callers see it.
export async function failure(promise) {
  try {
    return { unexpected: await promise };
  } catch (error) {
    if (!(error instanceof ClientResponseError)) throw error;
    const { status, response, message, isAbort } = error;
    return { status, response, message, isAbort, url: error.url.replace(url, "") };
  }
}
