// Charts over time that one zooms. Its sheet is ours: plot.css.
export { default } from "uplot";
