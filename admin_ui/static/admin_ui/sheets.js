// Adds a sheet that only scripts need, once.
export function addSheet(href) {
  if ([...document.styleSheets].some((sheet) => sheet.href?.startsWith(href)) || document.querySelector(`link[href="${href}"]`)) return;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  link.dataset.later = "";
  document.head.append(link);
}
