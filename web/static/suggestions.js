// Suggestions below the search field while one types: an ARIA combobox that leaves the keys of an
// input method alone. Without an answer there are none, and the field works as before.

const DELAY = 120;
const LIMIT = 8;
const FILTERS = ["author", "category", "tag"];
// WebKit ends a composition first and sends the key that ended it right after; Android's search key
// comes there too, but means what it says.
const SAME_PRESS = 100;
const ANDROID = /Android/i.test(navigator.userAgent);

const input = document.getElementById("q");
const list = document.getElementById("suggestions");
let options = [];
let at = -1;
let timer = 0;
let running = null;
let off = false;
let composing = false;
let composed = 0;
let held = "";

// Whether the input method takes a key. Chrome and Firefox send it first (isComposing, keyCode 229)
// and, where Korean input methods hand it on, once more as itself.
function taken(event) {
  const ended = composed;
  composed = 0;
  if (event.isComposing || event.keyCode === 229) {
    held = event.code;
    return true;
  }
  const near = ended > 0 && event.timeStamp - ended < SAME_PRESS;
  return near && held !== event.code && !ANDROID;
}

async function ask() {
  running?.abort();
  const q = input.value.trim();
  if (!q || off) return close();
  const own = (running = new AbortController());
  try {
    const address = `/api/v1/suggest?${new URLSearchParams({ q, limit: LIMIT })}`;
    const response = await fetch(address, { signal: own.signal });
    off = response.status === 404;
    const found = response.ok ? (await response.json()).suggestions : [];
    if (!own.signal.aborted && document.activeElement === input) render(found);
  } catch {
    if (!own.signal.aborted) close();
  }
}

function render(found) {
  options = found;
  list.replaceChildren(...found.map(option));
  list.hidden = found.length === 0;
  input.setAttribute("aria-expanded", String(!list.hidden));
  select(-1);
  const said = found.length ? list.dataset.said.replace("{count}", found.length) : "";
  document.getElementById("status").textContent = said;
}

function option(suggestion, i) {
  const item = document.createElement("li");
  item.id = `suggestion-${i}`;
  item.setAttribute("role", "option");
  const text = item.appendChild(document.createElement("span"));
  text.className = "text";
  // The API has escaped everything but its own <mark>.
  text.innerHTML = suggestion.highlight;
  const kind = list.dataset[suggestion.kind];
  if (kind) {
    const label = item.appendChild(document.createElement("span"));
    label.className = "kind";
    label.textContent = suggestion.count ? `${kind} ${suggestion.count.toLocaleString()}` : kind;
  }
  return item;
}

function select(i) {
  at = i;
  [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === i)));
  if (i < 0) input.removeAttribute("aria-activedescendant");
  else {
    input.setAttribute("aria-activedescendant", `suggestion-${i}`);
    list.children[i].scrollIntoView({ block: "nearest" });
  }
}

function close() {
  clearTimeout(timer);
  running?.abort();
  options = [];
  list.hidden = true;
  list.replaceChildren();
  input.setAttribute("aria-expanded", "false");
  select(-1);
}

function choose({ kind, text, url }) {
  // A composition that goes on would write its letter once more.
  if (composing) input.blur();
  close();
  if (kind === "title" && url) return location.assign(url);
  if (FILTERS.includes(kind)) return location.assign(`/?${new URLSearchParams({ [kind]: text })}`);
  input.value = text;
  input.form.requestSubmit();
}

function key(event) {
  if (taken(event)) {
    if (event.key === "Enter") event.preventDefault();
    return;
  }
  const last = options.length - 1;
  if (event.key === "ArrowDown" && list.hidden) ask();
  else if (event.key === "ArrowDown") select(at === last ? -1 : at + 1);
  else if (event.key === "ArrowUp" && !list.hidden) select(at < 0 ? last : at - 1);
  else if (event.key === "Escape" && !list.hidden) close();
  else if (event.key === "Enter" && at >= 0) choose(options[at]);
  else {
    // This one submits: what is on its way comes too late.
    if (event.key === "Enter") close();
    return;
  }
  event.preventDefault();
}

function shortcut(event) {
  const modified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  if (event.key !== "/" || modified || event.defaultPrevented || event.isComposing) return;
  const field = "input:not([type=checkbox]), textarea, select, [contenteditable]";
  if (event.target.closest?.(field)) return;
  event.preventDefault();
  input.focus();
  input.select();
}

for (const [name, value] of Object.entries({
  role: "combobox",
  "aria-expanded": "false",
  "aria-controls": list.id,
  "aria-autocomplete": "list",
})) {
  input.setAttribute(name, value);
}
input.addEventListener("compositionstart", () => (composing = true));
input.addEventListener("compositionend", (event) => {
  composing = false;
  composed = event.timeStamp;
});
input.addEventListener("keydown", key);
input.addEventListener("keyup", () => (held = ""));
input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, DELAY);
});
input.addEventListener("blur", close);
// Before the field loses the focus.
list.addEventListener("pointerdown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const item = event.target.closest("[role=option]");
  if (item) choose(options[[...list.children].indexOf(item)]);
});
document.addEventListener("keydown", shortcut);
