// Everything that stands still: the button in the page, and the dialog around the list.

function listen(node, listeners) {
  for (const [type, listener] of Object.entries(listeners)) node.addEventListener(type, listener);
}

// The page behind the dialog does not scroll, and keeps its scrollbar.
function keepsPageStill(event) {
  const scroller = event.target.closest(".list, .recent, .state");
  const scrolls = scroller && scroller.scrollHeight > scroller.clientHeight;
  if (!scrolls && !event.ctrlKey && !(event.touches?.length > 1)) event.preventDefault();
}

function frame(speech, label, shortcut) {
  const say = (key) => speech.say(key);
  const trigger = make(
    "button",
    {
      type: "button",
      class: "trigger",
      part: "button",
      "aria-haspopup": "dialog",
      "aria-keyshortcuts": shortcut && (MAC ? "/ Meta+K" : "/ Control+K"),
    },
    icon("lens"),
    make("span", {}, label),
    shortcut && make("kbd", { "aria-hidden": "true" }, "/"),
  );
  const input = make("input", {
    type: "text",
    role: "combobox",
    maxlength: LONGEST,
    placeholder: label,
    enterkeyhint: "search",
    inputmode: "search",
    autocomplete: "off",
    autocapitalize: "off",
    autocorrect: "off",
    spellcheck: "false",
    "aria-label": label,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": "list",
  });
  const wipe = make(
    "button",
    { type: "button", hidden: true, "aria-label": say("clear") },
    icon("cross"),
  );
  const close = make("button", { type: "button", class: "close" }, say("close"));
  const lens = make("span", { class: "lens" }, icon("lens"));
  const head = make("div", { class: "head", role: "search" }, lens, input, wipe, close);
  const notice = make("p", { class: "notice", part: "notice", hidden: true });
  const list = make("div", {
    class: "list",
    id: "list",
    part: "list",
    role: "listbox",
    "aria-label": say("list"),
    hidden: true,
  });
  const middle = make("div", { class: "middle" }, list);
  const status = make("p", { class: "quiet", role: "status" });
  const key = (name, word) => make("span", {}, make("kbd", {}, name), say(word));
  const foot = make(
    "div",
    { class: "foot", "aria-hidden": "true" },
    key("↑↓", "move"),
    key("↵", "open"),
    key("Esc", "close"),
    make("span", { class: "by" }, "글샘"),
  );
  const panel = make("div", { class: "panel", part: "dialog" }, head, notice, middle, foot, status);
  const dialog = make("dialog", { lang: speech.language, "aria-label": label }, panel);
  return { trigger, dialog, head, input, wipe, close, notice, middle, list, status };
}
