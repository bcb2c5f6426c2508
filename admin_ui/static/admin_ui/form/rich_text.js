// Text with formats over the textarea that holds its HTML. The HTML stays as it is until somebody edits it here;
// what the editor cannot show without losing some of it is shown as HTML instead.
import { DOMSerializer, Editor, Extension, Mark, Node, StarterKit, Table, TableCell, TableHeader, TableRow, mergeAttributes } from "../vendor/tiptap.js";
import { toast } from "../notices.js";
import { keepsAll, keptName, named, renamed, shownStyle, withDeclaration } from "./html_text.js";

const MOST_INLINE_BYTES = 1024 * 1024;
const SAFE_LINK = /^(https?:|mailto:|tel:|\/|#|\.)/i;

const texts = () => document.getElementById("rich-texts").content.firstElementChild.dataset;

// --- what a document may hold ---------------------------------------------------------------------------

const KEEPING = ["paragraph", "heading", "blockquote", "bulletList", "orderedList", "listItem", "codeBlock", "horizontalRule", "picture", "table", "tableRow", "tableCell", "tableHeader", "span", "link", "bold", "italic", "underline", "strike", "code", "raised", "lowered"];

// Styles, classes and ids are kept; of the styles only what is harmless is shown.
const Kept = Extension.create({
  name: "kept",
  addGlobalAttributes() {
    const plain = (name) => ({
      default: null,
      parseHTML: (element) => element.getAttribute(name),
      renderHTML: (attributes) => (attributes[name] ? { [name]: attributes[name] } : {}),
    });
    const under = (name) => ({
      default: null,
      parseHTML: (element) => element.getAttribute(keptName(name)),
      renderHTML: (attributes) => {
        const value = attributes[`kept_${name}`];
        if (!value) return {};
        const shown = name === "style" ? shownStyle(value) : "";
        return shown ? { [keptName(name)]: value, style: shown } : { [keptName(name)]: value };
      },
    });
    const attributes = { kept_style: under("style"), kept_class: under("class"), kept_id: under("id"), dir: plain("dir"), lang: plain("lang") };
    return [{ types: KEEPING, attributes }];
  },
});

const mark = (name, tag) => Mark.create({ name, parseHTML: () => [{ tag }], renderHTML: ({ HTMLAttributes }) => [tag, HTMLAttributes, 0] });
const Span = mark("span", "span");
const Raised = mark("raised", "sup").extend({ excludes: "lowered" });
const Lowered = mark("lowered", "sub").extend({ excludes: "raised" });

const Picture = Node.create({
  name: "picture",
  inline: true,
  group: "inline",
  draggable: true,
  addAttributes: () => Object.fromEntries(["src", "alt", "title", "width", "height", "loading"].map((name) => [name, { default: null }])),
  parseHTML: () => [{ tag: "img" }],
  renderHTML: ({ HTMLAttributes }) => ["img", HTMLAttributes],
  // Nothing is loaded from another host: a picture from there is named.
  addNodeView: () => ({ node }) => {
    const source = addressOf(node.attrs.src ?? "");
    if (source && (source.origin === location.origin || source.protocol === "data:"))
      return { dom: Object.assign(new Image(), { src: node.attrs.src, alt: node.attrs.alt ?? "" }) };
    const dom = document.createElement("span");
    dom.className = "badge picture-elsewhere";
    dom.textContent = texts().elsewhere.replace("{host}", source?.host ?? node.attrs.src ?? "");
    return { dom };
  },
});

function addressOf(text) {
  try {
    return new URL(text, location.href);
  } catch {
    return null;
  }
}

const PlainTable = Table.extend({ renderHTML: ({ HTMLAttributes }) => ["table", mergeAttributes(HTMLAttributes), ["tbody", 0]] });

const EXTENSIONS = [
  StarterKit.configure({ trailingNode: false, link: { openOnClick: false, autolink: false, HTMLAttributes: { target: null, rel: null }, isAllowedUri: (address) => SAFE_LINK.test(address) } }),
  PlainTable.configure({ resizable: false }), TableRow, TableCell, TableHeader, Span, Raised, Lowered, Picture, Kept,
];

function written(editor) {
  const page = document.implementation.createHTMLDocument("");
  const serializer = DOMSerializer.fromSchema(editor.schema);
  page.body.append(serializer.serializeFragment(editor.state.doc.content, { document: page }));
  return editor.isEmpty ? "" : named(page.body);
}

// --- the editor -----------------------------------------------------------------------------------------

export function begin(form) {
  form.querySelectorAll("[data-rich]").forEach(enhance);
}

function enhance(area) {
  const field = area.closest(".field");
  const note = field.querySelector("[data-note]");
  const box = document.createElement("div");
  const tools = document.getElementById("rich-tools").content.firstElementChild.cloneNode(true);
  const place = document.createElement("div");
  const losing = document.createElement("p");
  let isOurs = false;
  let wantsSource = false;

  box.className = "rich-text";
  place.className = "rich-place";
  losing.className = "notice warn slim";
  box.append(tools, losing, place);
  area.after(box);
  box.append(area);

  const editor = new Editor({
    element: place,
    extensions: EXTENSIONS,
    injectCSS: false,
    content: renamed(area.value),
    editorProps: {
      attributes: { class: "rich-body", role: "textbox", "aria-multiline": "true", "aria-label": area.dataset.rich },
      transformPastedHTML: (html) => renamed(cleaned(html)),
      handlePaste: (_, event) => takeFiles(event.clipboardData?.files),
      handleDrop: (_, event) => takeFiles(event.dataTransfer?.files),
    },
    onUpdate: () => {
      isOurs = true;
      area.value = written(editor);
      area.dispatchEvent(new Event("input", { bubbles: true }));
      isOurs = false;
      count();
    },
    onTransaction: () => look(),
  });

  const count = () => {
    const words = (editor.getText().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? []).length;
    note.textContent = texts().words.replace("{count}", words.toLocaleString(document.documentElement.lang));
  };

  const takeFiles = (files) => {
    const pictures = [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
    for (const file of pictures) {
      if (file.size > MOST_INLINE_BYTES) {
        toast(texts().tooLarge, "error");
        continue;
      }
      const reader = new FileReader();
      reader.addEventListener("load", () => putPicture(reader.result, file.name));
      reader.readAsDataURL(file);
    }
    return pictures.length > 0;
  };
  const putPicture = (src, alt = "") => editor.chain().focus().insertContent({ type: "picture", attrs: { src, alt } }).run();

  const showSource = (is) => {
    area.hidden = !is;
    place.hidden = is;
    box.classList.toggle("is-source", is);
    tools.querySelector("[data-does=source]").setAttribute("aria-pressed", String(is));
    for (const control of tools.querySelectorAll("button, select, input"))
      if (!["source", "full"].includes(control.dataset.does)) control.disabled = is;
  };
  // Reads the HTML anew; it is shown as such where the editor would lose some of it.
  const read = () => {
    editor.commands.setContent(renamed(area.value), { emitUpdate: false });
    const isLossy = area.value.trim() !== "" && !keepsAll(area.value, written(editor));
    losing.hidden = !isLossy;
    if (isLossy && !losing.childElementCount) {
      const anyway = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: texts().anyway });
      anyway.addEventListener("click", () => {
        losing.hidden = true;
        wantsSource = false;
        showSource(false);
        editor.commands.focus();
      });
      losing.append(document.createTextNode(texts().lossy), " ", anyway);
    }
    showSource(isLossy || wantsSource);
    count();
  };

  // --- the buttons ---

  const linkBox = tools.querySelector("[data-link-box]");
  const tableBox = tools.querySelector("[data-table-box]");
  const address = tools.querySelector("[data-link-address]");
  const block = () => (editor.isActive("heading") ? "heading" : "paragraph");
  const styled = (name, value) => {
    const chain = editor.chain().focus();
    if (name === "text-align") chain.updateAttributes(block(), { kept_style: withDeclaration(editor.getAttributes(block()).kept_style, name, value) }).run();
    else chain.setMark("span", { kept_style: withDeclaration(editor.getAttributes("span").kept_style, name, value) }).run();
  };
  const deeds = {
    bold: () => editor.chain().focus().toggleBold().run(),
    italic: () => editor.chain().focus().toggleItalic().run(),
    underline: () => editor.chain().focus().toggleUnderline().run(),
    code: () => editor.chain().focus().toggleCode().run(),
    bulletList: () => editor.chain().focus().toggleBulletList().run(),
    orderedList: () => editor.chain().focus().toggleOrderedList().run(),
    blockquote: () => editor.chain().focus().toggleBlockquote().run(),
    plain: () => editor.chain().focus().unsetAllMarks().clearNodes().updateAttributes("paragraph", { kept_style: null, kept_class: null }).run(),
    link: () => {
      address.value = editor.getAttributes("link").href ?? "";
      linkBox.hidden = !linkBox.hidden;
      if (!linkBox.hidden) address.focus();
    },
    setLink: () => {
      const href = address.value.trim();
      const full = SAFE_LINK.test(href) ? href : `https://${href}`;
      linkBox.hidden = true;
      if (!href) return editor.chain().focus().unsetLink().run();
      if (editor.state.selection.empty && !editor.isActive("link"))
        return editor.chain().focus().insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href: full } }] }).run();
      return editor.chain().focus().extendMarkRange("link").setLink({ href: full }).run();
    },
    unlink: () => {
      linkBox.hidden = true;
      editor.chain().focus().extendMarkRange("link").unsetLink().run();
    },
    table: () => { if (!editor.isActive("table")) editor.chain().focus().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run(); },
    picture: () => choosePicture(putPicture),
    source: () => {
      wantsSource = area.hidden;
      if (wantsSource) {
        losing.hidden = true;
        showSource(true);
        area.focus();
      } else read();
    },
    full: () => {
      const isFull = box.classList.toggle("is-full");
      tools.querySelector("[data-does=full]").setAttribute("aria-pressed", String(isFull));
      document.documentElement.classList.toggle("has-full", isFull);
      if (area.hidden) editor.commands.focus();
    },
  };
  for (const name of ["addRowAfter", "deleteRow", "addColumnAfter", "deleteColumn", "deleteTable"])
    deeds[name] = () => editor.chain().focus()[name]().run();

  tools.addEventListener("click", (event) => {
    const does = event.target.closest("[data-does]")?.dataset.does;
    if (does) deeds[does]();
  });
  tools.addEventListener("input", (event) => {
    event.stopPropagation();
    const { target } = event;
    if (target.matches("[data-colour]")) styled("color", target.value);
  });
  tools.addEventListener("change", (event) => {
    event.stopPropagation();
    const { target, target: { value } } = event; // which says what is there again with the first change
    const chain = editor.chain().focus();
    if (target.matches("[data-align]")) {
      editor.commands.updateAttributes(block(), { dir: value === "rtl" ? "rtl" : null });
      styled("text-align", value === "rtl" ? "" : value);
    }
    if (!target.matches("[data-style]")) return;
    if (value === "paragraph") chain.setParagraph().run();
    else if (value === "code") chain.toggleCodeBlock().run();
    else chain.setHeading({ level: Number(value) }).run();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === address) {
      event.preventDefault();
      event.stopPropagation();
      deeds.setLink();
    }
    if (event.key !== "Escape" || !(box.classList.contains("is-full") || !linkBox.hidden)) return;
    event.preventDefault();
    if (linkBox.hidden) deeds.full();
    linkBox.hidden = true;
  });

  const look = () => {
    for (const name of ["bold", "italic", "underline", "code", "bulletList", "orderedList", "blockquote", "link", "table"])
      tools.querySelector(`[data-does=${name}]`).setAttribute("aria-pressed", String(editor.isActive(name)));
    const level = editor.getAttributes("heading").level;
    tools.querySelector("[data-style]").value = editor.isActive("codeBlock") ? "code" : (level ?? "paragraph");
    const aligned = /text-align:\s*(\w+)/.exec(editor.getAttributes(block()).kept_style ?? "")?.[1] ?? "";
    const isMirrored = editor.getAttributes(block()).dir === "rtl";
    tools.querySelector("[data-align]").value = isMirrored ? "rtl" : ["center", "right", "justify"].includes(aligned) ? aligned : "";
    tableBox.hidden = !editor.isActive("table");
  };

  area.addEventListener("input", () => { if (!isOurs) count(); });
  field.addEventListener("form:renewed", read);
  // The label leads to the editor where that is what is seen.
  field.querySelector(".field-label").addEventListener("click", () => { if (area.hidden) editor.commands.focus(); });
  look();
  read();
  box.dataset.isReady = "";
}

// Of what comes from elsewhere the formats are kept, and neither its looks nor what programs write for themselves.
function cleaned(html) {
  return html
    .replaceAll(/<!--[^]*?-->/g, "")
    .replaceAll(/\s(?:style|class|id|lang|dir|data-[\w-]+|on\w+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, "");
}

// --- pictures that records have -------------------------------------------------------------------------

function choosePicture(done) {
  const dialog = document.getElementById("pictures-dialog").content.firstElementChild.cloneNode(true);
  const body = dialog.querySelector("[data-pictures]");
  let asked = 0;
  const find = async (query, isMore) => {
    const mine = (asked += 1);
    const response = await fetch(`${body.dataset.pictures}?${new URLSearchParams(query)}`).catch(() => null);
    if (!response?.ok || response.redirected || mine !== asked) return;
    // The server's own markup, in which everything that others wrote is text.
    const part = document.createElement("template");
    part.innerHTML = await response.text();
    const list = body.querySelector("[data-pictures-list]");
    const found = part.content.querySelector("[data-pictures-list]");
    if (isMore) list.append(...found.children);
    else if (list && found) list.replaceChildren(...found.children);
    else body.replaceChildren(part.content);
  };
  const asks = () => Object.fromEntries(new FormData(body.querySelector("[data-pictures-form]")));
  dialog.addEventListener("input", () => find(asks()));
  dialog.addEventListener("submit", (event) => { if (event.target.matches("[data-pictures-form]")) event.preventDefault(); });
  dialog.addEventListener("click", ({ target }) => {
    const picture = target.closest("[data-picture]");
    const more = target.closest("[data-more]");
    if (picture) {
      done(new URL(picture.dataset.picture, location.href).href, "");
      dialog.close();
    }
    if (more) {
      more.remove();
      find({ ...asks(), page: more.dataset.more }, true);
    }
    if (target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  find({});
}
