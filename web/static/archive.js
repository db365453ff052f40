// The archive beside its links: previews in place, selection, keys. Everything works without it.
"use strict";

const pane = document.querySelector(".pane");
const rows = [...document.querySelectorAll(".row")];
const copyButton = document.querySelector("button.copy");
const all = document.querySelector(".select-all");
let current = -1;
let asked = 0;

for (const element of document.querySelectorAll(".select, .select-all, button.copy, .copy-path")) element.hidden = false;

// The chart stays as it was left; on a small screen the articles come first.

const trend = document.querySelector(".trend");
if (trend) {
  const kept = localStorage.getItem("geulsaem-trend");
  trend.open = kept ? kept === "open" : matchMedia("(min-width: 821px)").matches;
  trend.addEventListener("toggle", () => localStorage.setItem("geulsaem-trend", trend.open ? "open" : "closed"));
}

// Preview

const hasPane = () => pane && getComputedStyle(pane).display !== "none";

async function show(link) {
  const own = ++asked;
  pane.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href + "&part=1", { credentials: "same-origin" });
    // Logged out meanwhile: the page itself leads to the form.
    if (answer.redirected || !answer.ok) throw new Error(answer.status);
    const html = await answer.text();
    if (own !== asked) return;
    pane.innerHTML = html;
    pane.scrollTop = 0;
    for (const button of pane.querySelectorAll(".copy-path")) button.hidden = false;
  } catch {
    if (own === asked) location.href = link.href;
  } finally {
    if (own === asked) pane.removeAttribute("aria-busy");
  }
}

function open(link) {
  if (hasPane()) show(link);
  else location.href = link.href;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.open");
  if (link && hasPane() && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
    event.preventDefault();
    const row = link.closest(".row");
    if (row) move(rows.indexOf(row), false);
    show(link);
    return;
  }
  const path = event.target.closest(".copy-path");
  if (path) copy(path.dataset.text, path);
});

// Selection

const boxes = rows.map((row) => row.querySelector(".select"));

function selected() {
  return rows.filter((row, i) => boxes[i].checked);
}

function count() {
  if (!copyButton) return;
  const chosen = selected().length;
  copyButton.disabled = !chosen;
  document.querySelector(".chosen").textContent = chosen ? copyButton.dataset.count.replace("{count}", chosen) : "";
  if (all) {
    all.checked = chosen > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  }
}

document.addEventListener("change", (event) => {
  if (event.target === all) for (const box of boxes) box.checked = all.checked;
  if (event.target.matches(".select, .select-all")) count();
});

function markdown(row) {
  const title = row.dataset.title.replace(/[\\[\]*_`<>]/g, "\\$&");
  const url = row.dataset.url && new URL(row.dataset.url, location.href).href.replace(/[()]/g, (mark) => (mark === "(" ? "%28" : "%29"));
  return "- " + (url ? `[${title}](${url})` : title) + (row.dataset.about ? ` (${row.dataset.about})` : "");
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https there is no clipboard but the one of a selection.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = button.textContent;
  if (before === button.dataset.done) return;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = before; }, 1500);
}

copyButton?.addEventListener("click", () => copy(selected().map(markdown).join("\n") + "\n", copyButton));

// Keys

function move(place, scroll = true) {
  if (place < 0 || place >= rows.length) return;
  rows[current]?.classList.remove("current");
  current = place;
  rows[current].classList.add("current");
  if (!scroll) return;
  rows[current].scrollIntoView({ block: "nearest" });
  rows[current].querySelector("a.open").focus({ preventScroll: true });
}

const keys = {
  j: () => move(current + 1),
  k: () => move(current - 1),
  o: () => { if (rows[current]?.dataset.url) location.href = rows[current].dataset.url; },
  x: () => { if (rows[current]) { boxes[current].checked = !boxes[current].checked; count(); } },
  "/": () => document.getElementById("q").select(),
  "?": () => document.getElementById("syntax")?.togglePopover?.(),
};
// The same keys while the keyboard writes Hangul: ㅓ is j, and an input method may say Process.
const letters = { KeyJ: "j", KeyK: "k", KeyO: "o", KeyX: "x" };
const pressed = (event) => (/^[ -~]+$/.test(event.key) && event.key !== "Process" ? event.key : letters[event.code]);

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (field) {
    if (event.key === "Escape") field.blur();
    return;
  }
  if (event.key === "Enter" && rows[current] && event.target === document.body) {
    open(rows[current].querySelector("a.open"));
  } else if (Object.hasOwn(keys, pressed(event) ?? "")) {
    event.preventDefault();
    keys[pressed(event)]();
  }
});

count();
