// node newest.mjs URL EMAIL PASSWORD COLLECTION: signs in as a superuser and prints the newest records.
import PocketBase, { ClientResponseError } from "pocketbase";

const [url, email, password, collection] = process.argv.slice(2);
const pb = new PocketBase(url);

try {
  await pb.collection("_superusers").authWithPassword(email, password);
  const page = await pb.collection(collection).getList(1, 10, { sort: "-created,id" });
  console.log(`${page.totalItems} records, the newest:`);
  for (const record of page.items) console.log(record.created, record.id);
} catch (error) {
  if (!(error instanceof ClientResponseError)) throw error;
  console.error(`${error.status}: ${error.message}`, error.data);
  process.exitCode = 1;
}
