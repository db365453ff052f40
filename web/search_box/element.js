class GeulsaemSearch extends HTMLElement {
  static observedAttributes = ["server", "lang", "placeholder", "shortcut"];

  #root = this.attachShadow({ mode: "open" });
  #ui = null;
  #speech;
  #server;
  #state = {};
  #options = [];
  #active = -1;
  #turn = 0;
  #abort = null;
  #timers = {};
  #correct = true;
  #recent;
  #composition = new Composition();
  #pressed = null;

  connectedCallback() {
    this.#build();
    document.addEventListener("keydown", this.#onShortcut);
    window.addEventListener("online", this.#onOnline);
  }

  disconnectedCallback() {
    this.close();
    document.removeEventListener("keydown", this.#onShortcut);
    window.removeEventListener("online", this.#onOnline);
  }

  attributeChangedCallback() {
    if (this.isConnected && this.#ui && !this.#ui.dialog.open) this.#build();
  }

  // Opens the dialog.
  open() {
    if (!this.isConnected || this.#ui.dialog.open) return;
    this.#ui.dialog.showModal();
    this.#ui.input.focus();
    this.#ui.input.select();
    this.#render();
    this.#typed();
    this.#emit("open");
  }

  // Closes it; the focus goes back to where it was.
  close() {
    if (!this.#ui?.dialog.open) return;
    this.#ui.dialog.close();
    // Safari gives no focus to a button that is clicked.
    const now = focused();
    if (!now || now === document.body) this.#ui.trigger.focus({ preventScroll: true });
  }

  #build() {
    shared ??= sheet(STYLE);
    this.#root.adoptedStyleSheets = [shared];
    this.#speech = new Speech(this);
    this.#server = new Server(this.getAttribute("server"));
    this.#recent = new Recent(this.#server.address);
    const label = this.getAttribute("placeholder") || this.#say("search");
    const ui = frame(this.#speech, label, this.getAttribute("shortcut") !== "off");
    this.#ui = ui;
    listen(ui.trigger, { click: () => this.open() });
    listen(ui.wipe, { click: () => this.#put("") });
    listen(ui.close, { click: () => this.close() });
    listen(ui.input, {
      input: () => this.#typed(),
      compositionstart: () => this.#composition.begin(),
      compositionend: (event) => {
        this.#composition.end(event);
        this.#typed();
      },
    });
    listen(ui.list, {
      click: (event) => this.#onClick(event),
      mousedown: (event) => event.preventDefault(),
      pointermove: (event) => this.#onPointer(event),
    });
    listen(ui.dialog, {
      keydown: (event) => this.#onKey(event),
      keyup: (event) => this.#onKeyUp(event),
      keypress: (event) => event.stopPropagation(),
      cancel: (event) => this.#onCancel(event),
      close: () => this.#onClose(),
      pointerdown: (event) => {
        this.#pressed = event.target;
      },
      click: (event) => this.#onBeside(event),
    });
    for (const type of ["wheel", "touchmove"]) {
      ui.dialog.addEventListener(type, keepsPageStill, { passive: false });
    }
    this.#root.replaceChildren(ui.trigger, ui.dialog);
    this.#state = {};
  }

  #say(key, values) {
    return this.#speech.say(key, values);
  }

  // Asking

  get #q() {
    return this.#ui.input.value.normalize("NFC").trim();
  }

  get #size() {
    const asked = parseInt(this.getAttribute("per-page"), 10) || RESULTS;
    return Math.min(Math.max(asked, 1), MOST_RESULTS);
  }

  #typed() {
    this.#ui.wipe.hidden = !this.#ui.input.value;
    const q = this.#q;
    if (q === this.#state.asked) return;
    this.#state.asked = q;
    this.#correct = true;
    clearTimeout(this.#timers.ask);
    if (q) this.#timers.ask = setTimeout(() => this.#ask(), DEBOUNCE);
    else this.#clear();
  }

  #clear() {
    this.#stop();
    this.#state = { asked: "" };
    this.#render();
  }

  // Nothing that is under way will be shown any more.
  #stop() {
    this.#turn += 1;
    this.#abort?.abort();
    for (const name in this.#timers) clearTimeout(this.#timers[name]);
    this.#state.asked = null;
    this.#busy(false);
  }

  async #ask() {
    const q = this.#q;
    const turn = ++this.#turn;
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    const timeout = setTimeout(() => abort.abort(), TIMEOUT);
    this.#timers.busy = setTimeout(() => turn === this.#turn && this.#busy(true), 250);
    let state;
    try {
      const [answer, suggestions] = await Promise.all([
        this.#server.search(q, this.#size, this.#correct, abort.signal),
        this.#server.suggest(q, abort.signal),
      ]);
      // A title is not suggested where its article stands below.
      const listed = new Set(answer.hits.map((hit) => hit.url));
      const other = suggestions.filter((one) => !one.url || !listed.has(one.url));
      state = { q, asked: q, answer, suggestions: other };
    } catch (error) {
      state = { q, asked: q, failure: this.#server.reason(error) };
    }
    clearTimeout(timeout);
    if (turn === this.#turn) this.#arrived(state);
  }

  #arrived(state) {
    clearTimeout(this.#timers.busy);
    clearTimeout(this.#timers.empty);
    this.#busy(false);
    const found =
      state.failure ||
      state.answer.hits.length ||
      state.answer.also.length ||
      state.suggestions.length;
    const show = () => {
      this.#state = state;
      try {
        this.#render();
      } catch (error) {
        // An answer that is none of ours.
        this.#state = { q: state.q, asked: state.q, failure: this.#server.reason(error) };
        this.#render();
      }
    };
    // Between two syllables (삼, 삼ㅅ, 삼서, 삼성) there may be nothing for a moment: no flicker.
    if (found || !this.#options.length) show();
    else this.#timers.empty = setTimeout(show, EMPTY_WAIT);
    this.#emit("search", { q: state.q, total: state.answer?.total ?? null });
  }

  #busy(busy) {
    clearTimeout(this.#timers.busy);
    this.#ui.head.classList.toggle("busy", busy);
  }

  #again() {
    this.#ui.input.focus();
    this.#ask();
  }

  // Showing

  #render() {
    const { q, answer, failure } = this.#state;
    this.#options = [];
    this.#ui.list.replaceChildren();
    this.#ui.notice.replaceChildren();
    this.#ui.middle.classList.remove("recent");
    const found = () => (failure ? this.#failure(failure) : this.#answer(q, answer));
    this.#ui.middle.replaceChildren(...(q ? found() : this.#recents()));
    this.#ui.notice.hidden = !this.#ui.notice.hasChildNodes();
    this.#ui.list.hidden = !this.#options.length;
    this.#ui.list.scrollTop = 0;
    this.#ui.input.setAttribute("aria-expanded", String(this.#options.length > 0));
    this.#activate(-1);
    this.#announce();
  }

  #recents() {
    const recent = this.#recent.read();
    if (!recent.length) return [this.#ui.list, this.#message("lens", "hint", "tip")];
    this.#ui.middle.classList.add("recent");
    const all = make(
      "button",
      { type: "button", onclick: () => this.#forget() },
      this.#say("forgetAll"),
    );
    const label = make("div", { class: "label" }, make("span", {}, this.#say("recent")), all);
    this.#ui.list.append(
      ...recent.map((q) =>
        this.#option(
          { act: () => this.#put(q) },
          icon("clock"),
          make("span", { class: "text line" }, q),
        ),
      ),
    );
    const forget = make(
      "div",
      { class: "forget" },
      ...recent.map((q) =>
        make(
          "button",
          {
            type: "button",
            "aria-label": this.#say("forget", { q }),
            onclick: () => this.#forget(q),
          },
          icon("cross"),
        ),
      ),
    );
    return [label, this.#ui.list, forget];
  }

  #answer(q, answer) {
    const { hits, also, query } = answer;
    this.#notices(q, query, hits.length);
    const suggested = this.#state.suggestions.map((one) => this.#suggestion(one));
    this.#group("suggestions", suggested);
    this.#group(
      "results",
      hits.map((hit) => this.#article(hit)),
      this.#say("count1", { n: this.#speech.number(answer.total) }),
    );
    this.#group(
      "also",
      also.map((hit) => this.#article(hit)),
    );
    if (answer.total > 0) {
      const text = this.#say("all", { q, n: this.#speech.number(answer.total) });
      this.#ui.list.append(
        this.#option(
          { url: this.#server.page(q, this.#correct), kind: "all", class: "all" },
          icon("lens"),
          make("span", { class: "text" }, text),
          icon("arrow"),
        ),
      );
    }
    return this.#options.length
      ? [this.#ui.list]
      : [this.#ui.list, this.#message("lens", "none", "noneTip")];
  }

  #notices(q, query, found) {
    for (const { kind, text, instead } of query.hints || []) {
      this.#ui.notice.append(this.#say(`hint_${kind}`, { text }), " ");
      if (instead) this.#ui.notice.append(this.#link(instead, () => this.#put(instead)), " ");
    }
    if (query.reason && found) {
      this.#ui.notice.append(
        this.#say("instead", { q: query.applied }),
        " ",
        this.#link(this.#say("typed", { q }), () => {
          this.#correct = false;
          this.#again();
        }),
      );
    } else if (query.did_you_mean) {
      this.#ui.notice.append(
        this.#say("meant"),
        " ",
        this.#link(query.did_you_mean, () => this.#put(query.did_you_mean)),
      );
    } else if (query.matching === "most" && found) {
      this.#ui.notice.append(this.#say("most"));
    }
  }

  #link(text, act) {
    return make("button", { type: "button", onclick: act }, text);
  }

  #message(picture, key, tip) {
    return make(
      "div",
      { class: "state" },
      icon(picture),
      make("p", {}, this.#say(key, { q: this.#state.q ?? "" })),
      tip && make("p", {}, this.#say(tip)),
    );
  }

  #failure(why) {
    const message = this.#message("off", why);
    message.append(
      make(
        "button",
        { type: "button", class: "again", onclick: () => this.#again() },
        this.#say("again"),
      ),
    );
    return [this.#ui.list, message];
  }

  #group(name, options, count = "") {
    if (!options.length) return;
    const label = make(
      "div",
      { class: "label", role: "presentation" },
      make("span", { id: name }, this.#say(name)),
      make("span", { class: "kind" }, count),
    );
    this.#ui.list.append(
      make("div", { role: "group", "aria-labelledby": name }, label, ...options),
    );
  }

  #option(does, ...children) {
    const url = does.url;
    const node = make(
      url ? "a" : "div",
      {
        class: `option ${does.class ?? ""}`,
        part: "option",
        role: "option",
        id: `o${this.#options.length}`,
        href: url || null,
        tabindex: url ? "-1" : null,
        "aria-selected": "false",
      },
      ...children,
    );
    this.#options.push({ ...does, node });
    return node;
  }

  #suggestion(one) {
    const { kind, text } = one;
    const url = kind === "title" ? webAddress(one.url) : "";
    const act = () => this.#put(queryOf(one), true);
    return this.#option({ url, kind, id: text, act }, ...suggestionRow(one, this.#speech));
  }

  #article(hit) {
    const does = { url: webAddress(hit.url), kind: "hit", id: hit.id };
    return this.#option(does, ...articleRow(hit, this.#speech));
  }

  #announce() {
    clearTimeout(this.#timers.announce);
    this.#timers.announce = setTimeout(() => {
      const { q, answer, failure, suggestions } = this.#state;
      let text = "";
      if (failure) text = this.#say(failure);
      else if (q && !this.#options.length) text = this.#say("none", { q });
      else if (q) text = this.#say("count", { n: this.#speech.number(answer.total) });
      if (q && suggestions?.length)
        text += `, ${this.#say("suggested", { n: suggestions.length })}`;
      if (this.#ui.notice.textContent) text += `. ${this.#ui.notice.textContent}`;
      this.#ui.status.textContent = text;
    }, ANNOUNCE_WAIT);
  }

  // Choosing

  #activate(index, scroll = true) {
    this.#options[this.#active]?.node.setAttribute("aria-selected", "false");
    this.#active = index;
    const chosen = this.#options[index];
    if (!chosen) {
      this.#ui.input.removeAttribute("aria-activedescendant");
      return;
    }
    chosen.node.setAttribute("aria-selected", "true");
    this.#ui.input.setAttribute("aria-activedescendant", chosen.node.id);
    if (scroll) chosen.node.scrollIntoView({ block: "nearest" });
  }

  // A text that is written while a syllable is composed would get that syllable twice.
  #put(text, remember = false) {
    if (this.#composition.active) this.#ui.input.blur();
    this.#ui.input.value = text.slice(0, LONGEST);
    this.#ui.input.focus();
    if (remember) this.#recent.add(text);
    this.#typed();
  }

  #onClick(event) {
    const node = event.target.closest(".option");
    const chosen = this.#options.find((one) => one.node === node);
    if (!chosen) return;
    if (!chosen.url) {
      chosen.act?.();
      return;
    }
    this.#recent.add(this.#q);
    const go = this.#emit(
      "select",
      { q: this.#q, kind: chosen.kind, id: chosen.id ?? null, url: chosen.url },
      true,
    );
    if (!go) event.preventDefault();
    if (!go || !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) this.close();
  }

  #submit(event) {
    const chosen = this.#options[this.#active];
    if (chosen) {
      const { ctrlKey, metaKey, shiftKey } = event;
      chosen.node.dispatchEvent(
        new MouseEvent("click", {
          bubbles: true,
          cancelable: true,
          composed: true,
          ctrlKey,
          metaKey,
          shiftKey,
        }),
      );
    } else if (this.#state.failure) {
      this.#ask();
    } else if (this.#q) {
      const url = this.#server.page(this.#q, this.#correct);
      this.#recent.add(this.#q);
      if (this.#emit("select", { q: this.#q, kind: "all", id: null, url }, true))
        location.assign(url);
      this.close();
    }
  }

  #onPointer(event) {
    const node = event.target.closest(".option");
    const index = this.#options.findIndex((one) => one.node === node);
    const moved = event.movementX || event.movementY;
    if (index >= 0 && index !== this.#active && moved && event.pointerType !== "touch")
      this.#activate(index, false);
  }

  // Keys

  #onKey(event) {
    // Shortcuts of the page have no business with what is typed here.
    event.stopPropagation();
    if (this.#composition.takes(event)) {
      if (event.key === "Escape" || event.key === "Enter") event.preventDefault();
      return;
    }
    const { key } = event;
    const inInput = event.target === this.#ui.input;
    if (key === "Escape" || this.#isShortcut(event)) this.close();
    else if (key === "Tab") return this.#turnTab(event);
    else if (key === "Enter" && inInput) this.#submit(event);
    else if (key === "ArrowDown" && inInput) this.#step(1);
    else if (key === "ArrowUp" && inInput) this.#step(-1);
    else return;
    event.preventDefault();
  }

  #onKeyUp(event) {
    event.stopPropagation();
    this.#composition.released();
  }

  #step(by) {
    const stops = this.#options.length + 1;
    this.#activate(((this.#active + 1 + by + stops) % stops) - 1);
  }

  // Tab goes round inside the dialog.
  #turnTab(event) {
    const stops = [...this.#ui.dialog.querySelectorAll("input, button")].filter(
      (node) => node.offsetParent,
    );
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (event.target !== edge) return;
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
    event.preventDefault();
  }

  #isShortcut(event) {
    // On a Mac Ctrl-K cuts a line.
    const held = MAC ? event.metaKey && !event.ctrlKey : event.ctrlKey !== event.metaKey;
    return held && !event.altKey && !event.shiftKey && (event.code === "KeyK" || event.key === "k");
  }

  #onShortcut = (event) => {
    if (
      event.defaultPrevented ||
      event.isComposing ||
      event.keyCode === 229 ||
      this.getAttribute("shortcut") === "off"
    )
      return;
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!slash && !this.#isShortcut(event)) return;
    if (
      isField(event.composedPath()[0]) ||
      isField(focused()) ||
      document.querySelector("dialog:modal")
    )
      return;
    event.preventDefault();
    this.open();
  };

  #onOnline = () => {
    if (this.#ui.dialog.open && this.#state.failure) this.#ask();
  };

  // The browser's own way out (Escape, the back gesture).
  #onCancel(event) {
    event.preventDefault();
    if (!this.#composition.active) this.close();
  }

  // However it came: browsers close a dialog that refuses too often.
  #onClose() {
    if (this.#ui.dialog.open) return;
    this.#stop();
    this.#emit("close");
  }

  // A press that begins in the panel, to mark some text, may end beside it.
  #onBeside(event) {
    const { dialog } = this.#ui;
    if (event.target === dialog && this.#pressed === dialog) this.close();
  }

  #forget(q) {
    if (q === undefined) this.#recent.clear();
    else this.#recent.remove(q);
    this.#render();
    this.#ui.input.focus();
    clearTimeout(this.#timers.announce);
    this.#ui.status.textContent = this.#say("forgotten");
  }

  #emit(name, detail = {}, cancelable = false) {
    return this.dispatchEvent(
      new CustomEvent(`geulsaem-${name}`, { detail, cancelable, bubbles: true, composed: true }),
    );
  }
}

// Without these the page keeps what it wrote between the tags, such as a link to the search page.
const able =
  window.CSS?.supports("color", "color-mix(in srgb, red, red)") &&
  "adoptedStyleSheets" in Document.prototype;
if (able && !customElements.get(NAME)) {
  customElements.define(NAME, GeulsaemSearch);
}
