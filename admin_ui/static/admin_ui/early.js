// What has to be so before the page is seen. No module, because a module would run after that.
"use strict";
{
  const width = Number(localStorage.getItem("sidebar"));
  if (width >= 200 && width <= 400) document.documentElement.style.setProperty("--sidebar", `${width}px`);
}
