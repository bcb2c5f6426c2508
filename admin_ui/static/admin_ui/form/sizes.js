// Sizes of files as people write them.
const UNITS = ["B", "KB", "MB", "GB"];

export function size(bytes) {
  const step = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${(bytes / 1024 ** step).toLocaleString(document.documentElement.lang, { maximumFractionDigits: step ? 1 : 0 })} ${UNITS[step]}`;
}
