// Routes of drop-in files, reached with the SDK's `send`. Prints what it got, by claim.
import PocketBase from 'pocketbase';

const pb = new PocketBase(process.argv[2]);
const results = {};

results.get = await pb.send('/hello/joe', { query: { fields: 'message' } });
results.post = await pb.send('/echo', { method: 'POST', body: { title: 'x', n: 1 } });
const form = new FormData();
form.append('title', 'x');
form.append('file', new Blob(['12345']), 'a.txt');
results.form = await pb.send('/upload', { method: 'POST', body: form });
results.guest = await pb.send('/me', {}).catch((error) => [error.status, error.response]);
const signedIn = await pb.send('/enter', { method: 'POST' });
pb.authStore.save(signedIn.token, signedIn.record);
results.member = await pb.send('/me', {});
results.refused = await pb.send('/refused', {}).catch((error) => [error.status, error.response]);

console.log(JSON.stringify(results));
