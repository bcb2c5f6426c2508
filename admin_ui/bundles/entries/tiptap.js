// What `form/rich_text.js` uses of Tiptap and ProseMirror.
export { Editor, Extension, Mark, Node, mergeAttributes } from "@tiptap/core";
export { DOMSerializer } from "@tiptap/pm/model";
export { default as StarterKit } from "@tiptap/starter-kit";
export { Table, TableCell, TableHeader, TableRow } from "@tiptap/extension-table";
