// A range of months or years, drawn over the bars with a pointer, or with arrow keys and Shift.

let begin = -1;
let end = -1;
let dragging = false;
let dragged = false;

const chart = () => document.getElementById("histogram");
const slots = () => [...chart().querySelectorAll("[data-value]")];
const bars = () => slots().filter((slot) => slot.matches("a"));
const ends = () => [Math.min(begin, end), Math.max(begin, end)];

function slotAt(x) {
  const box = chart().getBoundingClientRect();
  const all = slots().length;
  return Math.max(0, Math.min(all - 1, Math.floor(((x - box.left) / box.width) * all)));
}

function draw() {
  const [first, last] = ends();
  const all = slots();
  all.forEach((slot, i) => slot.classList.toggle("picked", begin >= 0 && i >= first && i <= last));
  say(begin < 0 || first === last ? [] : all.slice(first, last + 1));
}

// What the slots are, and how many articles they hold.
function say(some) {
  const range = document.getElementById("range");
  if (!some.length) return (range.textContent = "");
  const total = some.reduce((sum, slot) => sum + Number(slot.dataset.count), 0);
  const said = range.dataset.total.replace("{total}", total.toLocaleString());
  const named = [...new Set([some[0], some.at(-1)])].map((slot) => slot.dataset.value).join(" ~ ");
  range.textContent = `${named} · ${said}`;
}

// A tooltip comes late, and not at all where fingers point.
function hover(event) {
  if (begin >= 0 || !chart()) return;
  const slot = event.target.closest?.("#histogram [data-value]");
  say(slot ? [slot] : []);
}

function forget() {
  begin = end = -1;
  dragging = false;
  draw();
}

function choose() {
  const [first, last] = ends().map((i) => slots()[i].dataset.value);
  const form = chart().closest("form");
  form.elements.date_from.value = first + "-01-01".slice(first.length - 4);
  const [year, month = 12] = last.split("-").map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  form.elements.date_to.value = `${last.slice(0, 4)}-${String(month).padStart(2, "0")}-${days}`;
  forget();
  form.requestSubmit();
}

function point(event) {
  if (event.button || !event.isPrimary || !event.target.closest?.("#histogram")) return;
  dragged = false;
  dragging = true;
  begin = end = slotAt(event.clientX);
}

function move(event) {
  if (!dragging || slotAt(event.clientX) === end) return;
  end = slotAt(event.clientX);
  dragged = true;
  draw();
}

function release() {
  if (!dragging) return;
  dragging = false;
  if (dragged && begin !== end) choose();
  else forget();
}

function key(event) {
  const bar = event.target.closest?.("#histogram a");
  if (!bar || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && begin >= 0) return forget();
  if (event.key === "Enter" && begin >= 0 && begin !== end) {
    event.preventDefault();
    return choose();
  }
  const all = bars();
  const at = all.indexOf(bar);
  const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  const next = all[Math.max(0, Math.min(all.length - 1, target))];
  if (event.shiftKey) {
    if (begin < 0) begin = slots().indexOf(bar);
    end = slots().indexOf(next);
    draw();
  } else forget();
  rove(next);
  next.focus();
}

// One stop of the Tab key for all bars.
function rove(stop) {
  for (const bar of bars()) bar.setAttribute("tabindex", bar === stop ? "0" : "-1");
}

function begun() {
  begin = end = -1;
  dragging = false;
  if (!chart()) return;
  const all = bars();
  const held = all.find((bar) => bar === document.activeElement);
  rove(held ?? all.find((bar) => bar.matches(".chosen")) ?? all.at(-1));
}

document.addEventListener("pointerdown", point);
document.addEventListener("pointermove", move);
document.addEventListener("pointerover", hover);
document.addEventListener("pointerup", release);
document.addEventListener("pointercancel", () => dragging && forget());
document.addEventListener("keydown", key);
document.addEventListener("dragstart", (event) => event.target.closest?.("#histogram") && event.preventDefault());
// The click that ends a drag would follow the bar below it.
document.addEventListener(
  "click",
  (event) => {
    if (dragged && event.target.closest?.("#histogram")) event.preventDefault();
    dragged = false;
  },
  true,
);
document.addEventListener("geulsaem:shown", begun);
begun();
