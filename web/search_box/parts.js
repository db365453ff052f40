const ICONS = {
  lens: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5 12 4.5 4.5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 3.5V12l3 2",
  cross: "m6 6 12 12M18 6 6 18",
  arrow: "M5 12h14m-6-6 6 6-6 6",
  page: "M6 4h8l4 4v12H6zm4 9h4m-4 3h4",
  tag: "M4 4h7l9 9-7 7-9-9zm4 4h.01",
  author: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 20a8 6 0 0 1 16 0",
  category: "M4 6h6l2 3h8v10H4z",
  off: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 4v5m0 3h.01",
};
const KIND_ICONS = { title: "page", tag: "tag", author: "author", category: "category" };

let shared = null;

function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function plain(html) {
  return html.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gi,
    (whole, ten, hex, name) => {
      if (name) return ENTITIES[name.toLowerCase()];
      const code = ten ? parseInt(ten, 10) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

function escaped(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

// Highlights are HTML with no markup but <mark>; any other tag stays text.
function marked(html) {
  return String(html ?? "")
    .split(/(<mark>[^]*?<\/mark>)/)
    .filter(Boolean)
    .map((part) => {
      const inside = /^<mark>([^]*)<\/mark>$/.exec(part);
      return inside ? make("mark", {}, plain(inside[1])) : document.createTextNode(plain(part));
    });
}

function webAddress(text) {
  if (!text) return "";
  try {
    const url = new URL(text, document.baseURI);
    return /^https?:$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node;
}

function isField(node) {
  return (
    node instanceof Element &&
    (node.isContentEditable ||
      node.matches("input, textarea, select, [role=textbox], [role=searchbox], [role=combobox]"))
  );
}
