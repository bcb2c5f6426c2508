// Icons for what scripts make: those of the page's sprite.
export function icon(name, size = "small") {
  const known = document.querySelector("svg.icon use")?.getAttribute("href") ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", `icon ${size}`);
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${known.split("#")[0]}#${name}`);
  svg.append(use);
  return svg;
}

export function part(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

export function button(className, label, ...children) {
  const made = part("button", `button ${className}`, ...children);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  return made;
}
