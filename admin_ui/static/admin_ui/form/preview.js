// A file of a record, looked at without leaving the page: a picture, sound, a film or a PDF.
const KINDS = [
  ["image", /\.(png|jpe?g|gif|webp|svg|avif|bmp|ico)$/i],
  ["audio", /\.(mp3|wav|ogg|oga|m4a|flac|aac|weba)$/i],
  ["video", /\.(mp4|webm|ogv|mov|m4v)$/i],
  ["pdf", /\.pdf$/i],
];

const kindOf = (name) => KINDS.find(([, pattern]) => pattern.test(name))?.[0];

export function preview(link) {
  if (!kindOf(link.dataset.preview)) {
    open(link.href, "_blank", "noopener");
    return;
  }
  const siblings = [...link.closest("ol, ul, td, fieldset, .thumbs")?.querySelectorAll("a[data-preview]") ?? [link]];
  const shown = siblings.filter((one) => kindOf(one.dataset.preview));
  const dialog = document.getElementById("preview-dialog").content.firstElementChild.cloneNode(true);
  const body = dialog.querySelector(".preview-body");
  let at = Math.max(shown.indexOf(link), 0);
  let object = "";

  const show = async () => {
    const { href, dataset: { preview: name } } = shown[at];
    const kind = kindOf(name);
    dialog.querySelector("h2").textContent = name;
    for (const part of dialog.querySelectorAll("a")) part.href = href;
    dialog.querySelector("a[download]").download = name;
    dialog.querySelector("[data-step='-1']").hidden = dialog.querySelector("[data-step='1']").hidden = shown.length < 2;
    release();
    const made = document.createElement({ image: "img", audio: "audio", video: "video", pdf: "iframe" }[kind]);
    made.addEventListener("error", () => body.replaceChildren(dialog.querySelector("template").content.cloneNode(true)), { once: true });
    if (kind === "image") made.alt = name;
    else if (kind === "pdf") made.ariaLabel = name; // no title: its tip would lie over it
    else made.controls = true;
    body.replaceChildren(made);
    made.src = kind === "pdf" ? await pdf(href) : href;
  };
  // Files come in a sandbox, in which browsers show no PDF; what is in this one is a PDF, whatever it says it is.
  const pdf = async (href) => {
    const response = await fetch(href).catch(() => null);
    if (!response?.ok) {
      body.replaceChildren(dialog.querySelector("template").content.cloneNode(true));
      return "";
    }
    object = URL.createObjectURL(new Blob([await response.arrayBuffer()], { type: "application/pdf" }));
    return object;
  };
  const release = () => {
    if (object) URL.revokeObjectURL(object);
    object = "";
  };
  const step = (by) => {
    at = (at + by + shown.length) % shown.length;
    show();
  };

  dialog.addEventListener("click", ({ target }) => {
    const by = target.closest("[data-step]");
    if (by) step(Number(by.dataset.step));
    if (target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", ({ key, target }) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by && shown.length > 1 && !target.matches("audio, video")) step(by);
  });
  dialog.addEventListener("close", () => {
    release();
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  show();
}
