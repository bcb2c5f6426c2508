// Shows how far a backup or restore is: bytes, a bar, and a part of the whole.

const UNITS = ["B", "KB", "MB", "GB", "TB"];

function size(bytes) {
  let unit = 0;
  for (; bytes >= 1024 && unit < UNITS.length - 1; unit += 1) bytes /= 1024;
  return `${unit ? bytes.toFixed(1) : bytes} ${UNITS[unit]}`;
}

export function showProgress(part, { key, doneBytes, totalBytes }) {
  const bar = part.querySelector("progress");
  if (bar) [bar.max, bar.value] = [Math.max(totalBytes, 1), doneBytes];
  const name = part.querySelector("[data-key]");
  if (name && key) name.textContent = key;
  const bytes = part.querySelector("[data-bytes]");
  if (bytes) bytes.textContent = `${size(doneBytes)} / ${size(totalBytes)}`;
  const badge = part.querySelector("[data-part]");
  if (badge && totalBytes) badge.textContent = `${Math.floor((100 * doneBytes) / totalBytes)} %`;
}
