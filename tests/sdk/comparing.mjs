// What is made anew by every run (moments, ids, the ends of file names) is named instead of shown.
const STARTED = Date.now();
const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/;
const SUFFIX = /(_[a-zA-Z0-9]{10})+(?=\.\w+$)/;
const ids = new Map();

export function named(record, name) {
  ids.set(record.id, `id of ${name}`);
  return record;
}

export function comparable(value) {
  if (typeof value === "string") {
    for (const [id, name] of ids) value = value.replace(id, name);
    if (MOMENT.test(value) && Date.parse(value) > STARTED - 60_000) return "a moment ago";
    return value.replace(SUFFIX, "_SUFFIX");
  }
  if (Array.isArray(value)) return value.map(comparable);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, comparable(inner)]));
}
