// What the examples of the documentation about files work on, around each of them: test_documented_files.py puts
// them in the place of its mark. node documented_files.mjs URL
import PocketBase from "pocketbase";

const pb = new PocketBase(process.argv[2]);
await pb.collection("_superusers").authWithPassword("test@example.com", "1234567890");
const file = new File(["a cover"], "Cover.txt");
const [fileA, fileB] = ["First", "Second"].map((name) => new File([name], `${name}.txt`));
await pb.collections.create({
  name: "posts",
  type: "base",
  fields: [
    { name: "cover", type: "file", maxSelect: 1 },
    { name: "gallery", type: "file", maxSelect: 5 },
    { name: "scan", type: "file", maxSelect: 1, protected: true },
  ],
});
const made = await pb.collection("posts").create({ gallery: [new File(["a photo"], "photo.png")], scan: file });
const shown = (names) => names.map((name) => name.replace(/_.*/, ""));
const results = {};

{
  const { id } = made;
  const photo = made.gallery[0];
  /* docs/how-to/write-records.md */
  const after = await pb.collection("posts").getOne(id);
  results.writing = [after.cover, shown(after.gallery)];
}
{
  const [record, image] = [made, {}];
  /* docs/reference/files.md */
  const answers = await Promise.all([image.src, pb.files.getURL(record, record.scan)].map((address) => fetch(address)));
  results.reading = [answers.map(({ status }) => status), await answers[0].text()];
}
{
  /* docs/how-to/s3.md */
  const { scan } = await pb.collection("posts").create({ scan: fileA });
  results.bucket = shown([scan]);
}
console.log(JSON.stringify(results));
