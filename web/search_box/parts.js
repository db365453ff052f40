const ICONS = {
  lens: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5 12 4.5 4.5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 3.5V12l3 2",
  cross: "m6 6 12 12M18 6 6 18",
  arrow: "M5 12h14m-6-6 6 6-6 6",
  page: "M7 3.5h7l4 4v13H7zM10 12h5m-5 4h5",
  tag: "M4 4h7l9 9-7 7-9-9zm4 4h.01",
  author: "M12 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM5 20c.5-4 3-6 7-6s6.5 2 7 6",
  category: "M3.5 6.5h6l2 2.5h9v10h-17z",
  off: "M4 4l16 16M8.5 15a5 5 0 0 1 6-.5M5 11.5a10 10 0 0 1 4-2.300m4.5-.200a10 10 0 0 1 5.5 2.5M12 19h.01",
};
const KIND_ICONS = { title: "page", tag: "tag", author: "author", category: "category" };

let shared = null;
let lock = null;

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

// 로 after a vowel or ㄹ, 으로 after any other consonant, both where the last letter is no Hangul.
function ro(word) {
  const code = (word.match(/[\p{L}\p{N}](?=[^\p{L}\p{N}]*$)/u)?.[0] ?? "").charCodeAt(0) - 0xac00;
  if (!(code >= 0 && code < 11172)) return "(으)로";
  return code % 28 === 0 || code % 28 === 8 ? "로" : "으로";
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
