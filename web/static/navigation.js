// Results change in place: a link or form of the search page is fetched from the same address, and
// its parts replace those in sight. Where that fails, the browser goes there by itself.

const FIND_DELAY = 150;
const SCROLL_DELAY = 150;
// Until then nothing moves: an answer is mostly faster.
const BUSY_DELAY = 200;

let running = null;
let finding = null;
let findTimer = 0;
let scrollTimer = 0;
let shown = location.pathname + location.search;

const byId = (id) => document.getElementById(id);
const isSearch = (url) => url.origin === location.origin && url.pathname === "/";

async function page(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(response.statusText);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// `settle` puts the focus; it is given the element that had it, or what stands there now.
async function show(url, settle, back = false) {
  running?.abort();
  finding?.abort();
  clearTimeout(findTimer);
  const own = (running = new AbortController());
  const busy = setTimeout(() => byId("results").setAttribute("aria-busy", "true"), BUSY_DELAY);
  let next;
  try {
    next = await page(url, own.signal);
    if (!next.getElementById("results")) throw new Error("no page of results");
  } catch {
    if (!own.signal.aborted) location.assign(url);
    return;
  } finally {
    clearTimeout(busy);
  }
  if (own.signal.aborted) return;
  const address = next.getElementById("results").dataset.url;
  if (back) history.replaceState(history.state, "", address);
  else if (address !== shown) {
    rememberScroll();
    history.pushState(null, "", address);
  }
  shown = address;
  const again = focusedAgain();
  swap(next, back);
  settle(again());
  say(`${byId("heading").textContent} ${document.querySelector(".total").textContent}`);
  document.dispatchEvent(new Event("geulsaem:shown"));
}

function swap(next, back) {
  const open = new Map(Array.from(document.querySelectorAll("details[id]"), (d) => [d.id, d.open]));
  const tops = new Map(Array.from(document.querySelectorAll(".long"), (d) => [d.id, d.scrollTop]));
  for (const old of document.querySelectorAll("[data-region]")) {
    const fresh = next.getElementById(old.id);
    for (const details of fresh.querySelectorAll("details[id]")) {
      details.open ||= open.get(details.id) ?? false;
    }
    old.replaceWith(fresh);
    for (const long of fresh.querySelectorAll(".long")) long.scrollTop = tops.get(long.id) ?? 0;
  }
  document.title = next.title;
  document.querySelectorAll("head > [data-of-page]").forEach((node) => node.remove());
  document.head.append(...next.querySelectorAll("head > [data-of-page]"));
  followForm(next.getElementById("search"), back);
}

// The field stays the same element: an input method may be at work in it.
function followForm(next, back) {
  const form = byId("search");
  form.querySelectorAll("[type=hidden]").forEach((node) => node.remove());
  form.append(...next.querySelectorAll("[type=hidden]"));
  const input = byId("q");
  if (back || document.activeElement !== input) input.value = next.querySelector("#q").value;
}

// How to find the focused element among what replaces it.
function focusedAgain() {
  const node = document.activeElement;
  const region = node?.closest("[data-region]")?.id;
  if (!region) return () => null;
  const chips = [...document.querySelectorAll(".chips a")].indexOf(node);
  if (chips >= 0) return () => document.querySelectorAll(".chips a")[chips] ?? null;
  const { name, value } = node;
  const bar = node.dataset.value;
  let selector = node.id && `#${node.id}`;
  if (name) selector = `[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`;
  if (bar) selector = `#histogram a[data-value="${bar}"]`;
  const facet = node.closest(".facet")?.id;
  return () =>
    (selector && byId(region).querySelector(selector)) ||
    (facet && byId(facet)?.querySelector("input, a"));
}

function toResults() {
  byId("heading").focus({ preventScroll: true });
  scrollTo(0, 0);
}

function inPlace(again) {
  (again ?? byId("heading")).focus({ preventScroll: true });
}

function say(text) {
  byId("status").textContent = "";
  setTimeout(() => (byId("status").textContent = text), 50);
}

function rememberScroll() {
  history.replaceState({ y: scrollY }, "");
}

// What a form asks for; searches within a facet are answered beside it.
function address(form, find = null) {
  const rows = [...new FormData(form)].filter(([name, value]) => value && !/^find_/.test(name));
  if (find?.value.trim()) rows.push([find.name, find.value]);
  return `/?${new URLSearchParams(rows)}`;
}

async function find(input) {
  finding?.abort();
  const own = (finding = new AbortController());
  const id = `values-${input.name.slice("find_".length)}`;
  try {
    const next = await page(address(input.form, input), own.signal);
    const values = next.getElementById(id);
    if (values && !own.signal.aborted) byId(id).replaceWith(values);
  } catch {
    // The values in sight stay; the next letter asks again.
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  // In SVG `href` is an object.
  const url = new URL(link.getAttribute("href"), location.href);
  if (!isSearch(url) || url.hash || !byId("results").dataset.url) return;
  event.preventDefault();
  show(url, link.closest("#filters, .chips") ? inPlace : toResults);
});

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  event.preventDefault();
  show(address(event.target), event.target.closest("#filters") ? inPlace : toResults);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("#filters [type=checkbox]")) show(address(event.target.form), inPlace);
});

document.addEventListener("input", (event) => {
  if (!event.target.matches(".find")) return;
  clearTimeout(findTimer);
  findTimer = setTimeout(find, FIND_DELAY, event.target);
});

document.addEventListener("keydown", (event) => {
  // The values are there already, and the form has nothing new to say.
  if (event.key === "Enter" && event.target.matches(".find")) event.preventDefault();
});

addEventListener("popstate", (event) => {
  const here = location.pathname + location.search;
  if (here === shown) return;
  const y = event.state?.y ?? 0;
  show(here, () => scrollTo(0, y), true);
});

addEventListener("scroll", () => {
  clearTimeout(scrollTimer);
  scrollTimer = setTimeout(rememberScroll, SCROLL_DELAY);
});

// Pictures that do not load leave no hole.
document.addEventListener("error", (event) => event.target.matches?.(".picture") && event.target.remove(), true);
for (const picture of document.querySelectorAll(".picture")) {
  if (picture.complete && !picture.naturalWidth) picture.remove();
}

document.documentElement.classList.add("js");
history.scrollRestoration = "manual";
if (history.state?.y) scrollTo(0, history.state.y);
shown = byId("results").dataset.url;
history.replaceState(history.state, "", shown + location.hash);
