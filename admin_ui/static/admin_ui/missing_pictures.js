// A thumb whose picture cannot be had is the tile that other files have.
import { icon } from "./form/icons.js";

const give = (picture) => picture.replaceWith(icon("file-text"));

document.addEventListener("error", ({ target }) => { if (target.matches?.(".thumb > img")) give(target); }, true);
// Those that failed before this came.
for (const picture of document.querySelectorAll(".thumb > img")) if (picture.complete && picture.naturalWidth === 0) give(picture);
