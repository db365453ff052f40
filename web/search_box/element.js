class GeulsaemSearch extends HTMLElement {
  static observedAttributes = ["server", "lang", "placeholder", "shortcut"];

  #root = this.attachShadow({ mode: "open" });
  #trigger;
  #dialog;
  #head;
  #input;
  #wipe;
  #notice;
  #middle;
  #list;
  #status;
  #state = {};
  #options = [];
  #active = -1;
  #turn = 0;
  #abort = null;
  #timers = {};
  #correct = true;
  #suggests = true;
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
    if (this.isConnected && this.#dialog && !this.#dialog.open) this.#build();
  }

  /** Opens the dialog. */
  open() {
    if (!this.isConnected || this.#dialog.open) return;
    this.#dialog.showModal();
    if (!lock && document.documentElement.scrollHeight > innerHeight) {
      lock = sheet(":root { overflow: hidden !important; scrollbar-gutter: stable; }");
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, lock];
    }
    this.#input.focus();
    this.#input.select();
    this.#render();
    this.#typed();
    this.#emit("open");
  }

  /** Closes it; the focus goes back to where it was. */
  close() {
    if (!this.#dialog?.open) return;
    this.#stop();
    this.#dialog.close();
    if (lock) {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== lock);
      lock = null;
    }
    // Safari gives no focus to a button that is clicked.
    const now = focused();
    if (!now || now === document.body) this.#trigger.focus({ preventScroll: true });
    this.#emit("close");
  }

  // What stands in the page

  get #language() {
    const asked = this.closest("[lang]")?.lang || navigator.language || "ko";
    return /^en\b/i.test(asked) ? "en" : "ko";
  }

  get #server() {
    const given = webAddress(this.getAttribute("server")) || HOME;
    return given.endsWith("/") ? given : given + "/";
  }

  #say(key, values = {}) {
    const ending = values.q === undefined ? "" : ro(values.q);
    return WORDS[this.#language][key].replace(/\{(\w+)\}/g, (_, name) =>
      name === "ro" ? ending : String(values[name]),
    );
  }

  #number(n) {
    return Number(n).toLocaleString(this.#language);
  }

  #build() {
    shared ??= sheet(CSS);
    this.#recent = new Recent(this.#server);
    this.#root.adoptedStyleSheets = [shared];
    const text = this.getAttribute("placeholder") || this.#say("search");
    const keys = this.getAttribute("shortcut") !== "off";
    this.#trigger = make(
      "button",
      {
        type: "button",
        class: "trigger",
        part: "button",
        "aria-haspopup": "dialog",
        "aria-keyshortcuts": keys && (MAC ? "/ Meta+K" : "/ Control+K"),
        onclick: () => this.open(),
      },
      icon("lens"),
      make("span", {}, text),
      keys && make("kbd", { "aria-hidden": "true" }, "/"),
    );
    this.#input = make("input", {
      type: "text",
      role: "combobox",
      id: "q",
      maxlength: LONGEST,
      placeholder: text,
      enterkeyhint: "search",
      inputmode: "search",
      autocomplete: "off",
      autocapitalize: "off",
      autocorrect: "off",
      spellcheck: "false",
      "aria-label": text,
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-controls": "list",
      oninput: () => this.#typed(),
      oncompositionstart: () => this.#composition.begin(),
      oncompositionend: (event) => {
        this.#composition.end(event);
        this.#typed();
      },
    });
    this.#wipe = make(
      "button",
      {
        type: "button",
        hidden: true,
        "aria-label": this.#say("clear"),
        onclick: () => this.#put(""),
      },
      icon("cross"),
    );
    const close = make(
      "button",
      { type: "button", class: "close", onclick: () => this.close() },
      this.#say("close"),
    );
    this.#head = make(
      "div",
      { class: "head", role: "search" },
      make("span", { class: "lens" }, icon("lens")),
      this.#input,
      this.#wipe,
      close,
    );
    this.#notice = make("p", { class: "notice", part: "notice", hidden: true });
    this.#list = make("div", {
      class: "list",
      id: "list",
      part: "list",
      role: "listbox",
      "aria-label": this.#say("list"),
      hidden: true,
      onclick: (event) => this.#onClick(event),
      onmousedown: (event) => event.preventDefault(),
      onpointermove: (event) => this.#onPointer(event),
    });
    this.#middle = make("div", { class: "middle" });
    this.#status = make("p", { class: "quiet", role: "status" });
    const key = (name, word) => make("span", {}, make("kbd", {}, name), word);
    const foot = make(
      "div",
      { class: "foot", "aria-hidden": "true" },
      key("↑↓", this.#say("move")),
      key("↵", this.#say("open")),
      key("Esc", this.#say("close")),
      make("span", { class: "by" }, "글샘"),
    );
    this.#dialog = make(
      "dialog",
      {
        part: "dialog",
        lang: this.#language,
        "aria-label": text,
        onkeydown: (event) => this.#onKey(event),
        onkeyup: (event) => this.#onKeyUp(event),
        onkeypress: (event) => event.stopPropagation(),
        oncancel: (event) => this.#onCancel(event),
        onpointerdown: (event) => {
          this.#pressed = event.target;
        },
        onclick: (event) => this.#onBackdrop(event),
      },
      this.#head,
      this.#notice,
      this.#middle,
      foot,
      this.#status,
    );
    this.#root.replaceChildren(this.#trigger, this.#dialog);
    this.#state = {};
  }

  // Asking

  get #q() {
    return this.#input.value.normalize("NFC").trim();
  }

  #typed() {
    this.#wipe.hidden = !this.#input.value;
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
        this.#search(q, abort.signal),
        this.#suggest(q, abort.signal),
      ]);
      state = { q, asked: q, answer, suggestions };
    } catch (error) {
      state = { q, asked: q, failure: this.#reason(error) };
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
      this.#render();
    };
    // Between two syllables (삼, 삼ㅅ, 삼서, 삼성) there may be nothing for a moment: no flicker.
    if (found || !this.#options.length) show();
    else this.#timers.empty = setTimeout(show, EMPTY_WAIT);
    this.#emit("search", { q: state.q, total: state.answer?.total ?? null });
  }

  async #get(path, params, signal) {
    const url = new URL(path, this.#server);
    url.search = new URLSearchParams(params);
    const response = await fetch(url, {
      signal,
      credentials: "omit",
      headers: { Accept: "application/json" },
    });
    if (!response.ok)
      throw Object.assign(new Error(response.statusText), { status: response.status });
    return response.json();
  }

  async #search(q, signal) {
    const size = Math.min(
      Math.max(parseInt(this.getAttribute("per-page"), 10) || RESULTS, 1),
      MOST_RESULTS,
    );
    const params = { q, per_page: size, facets: "", snippets: 1, snippet_length: 100 };
    if (!this.#correct) params.correct = 0;
    const answer = await this.#get("api/v1/search", params, signal);
    return {
      ...answer,
      query: answer.query ?? {},
      hits: [...answer.hits],
      also: [...(answer.also ?? [])],
    };
  }

  // Suggestions are worth a short wait and no error.
  #suggest(q, signal) {
    if (!this.#suggests) return [];
    const asked = this.#get("api/v1/suggest", { q, limit: SUGGESTED }, signal).then(
      (answer) => answer.suggestions.filter((one) => one && one.text).slice(0, SUGGESTED),
      (error) => {
        if (error.status === 404) this.#suggests = false;
        return [];
      },
    );
    return Promise.race([
      asked.catch(() => []),
      new Promise((done) => setTimeout(done, SUGGEST_WAIT, [])),
    ]);
  }

  #reason(error) {
    if (error.status === 400) return "refused";
    if (error.status === 429) return "busy";
    if (error.status === 503) return "unready";
    if (navigator.onLine === false) return "offline";
    if (!error.status) {
      console.warn(
        `${NAME}: no answer from ${this.#server}; is this site in its allowed_origins, and is it in connect-src?`,
      );
    }
    return "failed";
  }

  #busy(busy) {
    clearTimeout(this.#timers.busy);
    this.#head.classList.toggle("busy", busy);
  }

  #again() {
    this.#input.focus();
    this.#ask();
  }

  // Showing

  #render() {
    const { q, answer, failure } = this.#state;
    this.#options = [];
    this.#list.replaceChildren();
    this.#notice.replaceChildren();
    this.#middle.classList.remove("recent");
    const found = () => (failure ? this.#failure(failure) : this.#answer(q, answer));
    this.#middle.replaceChildren(...(q ? found() : this.#recents()));
    this.#notice.hidden = !this.#notice.hasChildNodes();
    this.#list.hidden = !this.#options.length;
    this.#list.scrollTop = 0;
    this.#input.setAttribute("aria-expanded", String(this.#options.length > 0));
    this.#activate(-1);
    this.#announce();
  }

  #recents() {
    const recent = this.#recent.read();
    if (!recent.length) return [this.#list, this.#message("lens", "hint", "tip")];
    this.#middle.classList.add("recent");
    const all = make(
      "button",
      { type: "button", onclick: () => this.#forget() },
      this.#say("forgetAll"),
    );
    const label = make("div", { class: "label" }, make("span", {}, this.#say("recent")), all);
    this.#list.append(
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
    return [label, this.#list, forget];
  }

  #answer(q, answer) {
    const { hits, also, query } = answer;
    this.#notices(q, query, hits.length);
    const suggested = this.#state.suggestions.map((one) => this.#suggestion(one));
    this.#group("suggestions", suggested);
    this.#group(
      "results",
      hits.map((hit) => this.#hit(hit)),
      this.#say("count1", { n: this.#number(answer.total) }),
    );
    this.#group(
      "also",
      also.map((hit) => this.#hit(hit)),
    );
    if (answer.total > 0) {
      const text = this.#say("all", { q, n: this.#number(answer.total) });
      this.#list.append(
        this.#option(
          { url: this.#page(q), kind: "all", class: "all" },
          icon("lens"),
          make("span", { class: "text" }, text),
          icon("arrow"),
        ),
      );
    }
    return hits.length || also.length
      ? [this.#list]
      : [this.#list, this.#message("lens", "none", "noneTip")];
  }

  #notices(q, query, found) {
    if (query.reason && found) {
      this.#notice.append(
        this.#say("instead", { q: query.applied }),
        " ",
        this.#link(this.#say("typed", { q }), () => {
          this.#correct = false;
          this.#again();
        }),
      );
    } else if (query.did_you_mean) {
      this.#notice.append(
        this.#say("meant"),
        " ",
        this.#link(query.did_you_mean, () => this.#put(query.did_you_mean)),
      );
    } else if (query.matching === "most" && found) {
      this.#notice.append(this.#say("most"));
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
    return [this.#list, message];
  }

  #group(name, options, count = "") {
    if (!options.length) return;
    const label = make(
      "div",
      { class: "label", id: `label-${name}`, role: "presentation" },
      make("span", {}, this.#say(name)),
      make("span", { class: "kind" }, count),
    );
    this.#list.append(
      make("div", { role: "group", "aria-labelledby": label.id }, label, ...options),
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
    const { text, kind } = one;
    const url = kind === "title" ? webAddress(one.url) : "";
    // A value of a facet is asked for as one, so that the count holds.
    const named = ["tag", "author", "category"].includes(kind);
    const q = named
      ? `${kind}:${/[\s"()]/.test(text) ? `"${text.replaceAll('"', "")}"` : text}`
      : text;
    const label = [
      this.#say(WORDS.ko[kind] === undefined ? "term" : kind),
      one.count ? this.#say("count1", { n: this.#number(one.count) }) : "",
    ]
      .filter(Boolean)
      .join(" · ");
    const shown = one.highlight ? marked(one.highlight) : [text];
    return this.#option(
      { url, kind, id: text, act: () => this.#put(q, true) },
      icon(KIND_ICONS[kind] ?? "lens"),
      make("span", { class: "text line", lang: "ko" }, ...shown),
      make("span", { class: "kind" }, label),
    );
  }

  #hit(hit) {
    const marks = hit.highlights ?? {};
    const title = marked(marks.title);
    const snippet = marked((marks.body ?? [])[0] || marks.subtitle);
    const day = /^(\d{4})-(\d\d)-(\d\d)/.exec(hit.date ?? "");
    const date =
      day &&
      this.#say(
        "date",
        this.#language === "en"
          ? { y: day[1], m: day[2], d: day[3] }
          : { y: day[1], m: +day[2], d: +day[3] },
      );
    const meta = [date, (hit.authors ?? []).join(", "), (hit.categories ?? []).join(", ")]
      .filter(Boolean)
      .join(" · ");
    const missing = (hit.missing ?? []).join(", ");
    const text = make(
      "span",
      { class: "text" },
      make(
        "span",
        { class: "title", lang: "ko" },
        ...(title.length ? title : [hit.title || this.#say("untitled")]),
      ),
      snippet.length > 0 && make("span", { class: "snippet", lang: "ko" }, ...snippet),
      make("span", { class: "meta" }, meta, missing && ` · ${this.#say("missing")}${missing}`),
    );
    const source = webAddress(hit.image);
    const image =
      source &&
      make("img", {
        part: "image",
        alt: "",
        width: 64,
        height: 64,
        loading: "lazy",
        decoding: "async",
        referrerpolicy: "no-referrer",
        src: source,
        onerror: () => image.remove(),
      });
    return this.#option({ url: webAddress(hit.url), kind: "hit", id: hit.id }, text, image);
  }

  #page(q) {
    const url = new URL(this.#server);
    url.searchParams.set("q", q);
    if (!this.#correct) url.searchParams.set("correct", "0");
    return url.href;
  }

  #announce() {
    clearTimeout(this.#timers.announce);
    this.#timers.announce = setTimeout(() => {
      const { q, answer, failure, suggestions } = this.#state;
      let text = "";
      if (failure) text = this.#say(failure);
      else if (q && !answer.total && !answer.also.length) text = this.#say("none", { q });
      else if (q) text = this.#say("count", { n: this.#number(answer.total) });
      if (q && suggestions?.length)
        text += `, ${this.#say("suggested", { n: suggestions.length })}`;
      if (this.#notice.textContent) text += `. ${this.#notice.textContent}`;
      this.#status.textContent = text;
    }, ANNOUNCE_WAIT);
  }

  // Choosing

  #activate(index, scroll = true) {
    this.#options[this.#active]?.node.setAttribute("aria-selected", "false");
    this.#active = index;
    const chosen = this.#options[index];
    if (!chosen) {
      this.#input.removeAttribute("aria-activedescendant");
      return;
    }
    chosen.node.setAttribute("aria-selected", "true");
    this.#input.setAttribute("aria-activedescendant", chosen.node.id);
    if (scroll) chosen.node.scrollIntoView({ block: "nearest" });
  }

  // A text that is written while a syllable is composed would get that syllable twice.
  #put(text, remember = false) {
    if (this.#composition.active) this.#input.blur();
    this.#input.value = text.slice(0, LONGEST);
    this.#input.focus();
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
      const url = this.#page(this.#q);
      this.#recent.add(this.#q);
      if (this.#emit("select", { q: this.#q, kind: "all", id: null, url }, true))
        location.assign(url);
      this.close();
    }
  }

  #onPointer(event) {
    const node = event.target.closest(".option");
    const index = this.#options.findIndex((one) => one.node === node);
    if (index >= 0 && index !== this.#active && event.pointerType !== "touch")
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
    const inInput = event.target === this.#input;
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
    const stops = [...this.#dialog.querySelectorAll("input, button")].filter(
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
    if (this.#dialog.open && this.#state.failure) this.#ask();
  };

  // The browser's own way out (Escape, the back gesture).
  #onCancel(event) {
    event.preventDefault();
    if (!this.#composition.active) this.close();
  }

  #onBackdrop(event) {
    if (event.target !== this.#dialog || this.#pressed !== this.#dialog) return;
    const { left, right, top, bottom } = this.#dialog.getBoundingClientRect();
    const inside =
      event.clientX >= left &&
      event.clientX <= right &&
      event.clientY >= top &&
      event.clientY <= bottom;
    if (!inside) this.close();
  }

  #forget(q) {
    if (q === undefined) this.#recent.clear();
    else this.#recent.remove(q);
    this.#render();
    this.#input.focus();
    clearTimeout(this.#timers.announce);
    this.#status.textContent = this.#say("forgotten");
  }

  #emit(name, detail = {}, cancelable = false) {
    return this.dispatchEvent(
      new CustomEvent(`geulsaem-${name}`, { detail, cancelable, bubbles: true, composed: true }),
    );
  }
}

// Without these the page keeps what it wrote between the tags, such as a link to the search page.
const able = window.HTMLDialogElement && "adoptedStyleSheets" in Document.prototype;
if (able && window.customElements && !customElements.get(NAME)) {
  customElements.define(NAME, GeulsaemSearch);
}
