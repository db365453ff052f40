// What one suggestion or one article looks like in the list: texts and pictures, no behaviour.

const FACETS = ["tag", "author", "category"];

// A value of a facet is asked for as one, so that its count holds.
function queryOf({ text, kind }) {
  if (!FACETS.includes(kind)) return text;
  return `${kind}:${/[\s"()]/.test(text) ? `"${text.replaceAll('"', "")}"` : text}`;
}

function suggestionRow(one, speech) {
  const count = one.count ? speech.say("count1", { n: speech.number(one.count) }) : "";
  const kind = speech.say(KIND_ICONS[one.kind] ? one.kind : "term");
  return [
    icon(KIND_ICONS[one.kind] ?? "lens"),
    make("span", { class: "text line", lang: "ko" }, ...marked(one.highlight || escaped(one.text))),
    make("span", { class: "kind" }, [kind, count].filter(Boolean).join(" · ")),
  ];
}

function articleRow(hit, speech) {
  const { title, subtitle, body = [] } = hit.highlights ?? {};
  const snippet = marked(body[0] || subtitle);
  const { authors = [], categories = [], missing = [] } = hit;
  const about = [speech.date(hit.date), authors.join(", "), categories.join(", ")];
  if (missing.length) about.push(speech.say("missing") + missing.join(", "));
  return [
    make(
      "span",
      { class: "text" },
      make(
        "span",
        { class: "title", lang: "ko" },
        ...marked(title || escaped(hit.title || speech.say("untitled"))),
      ),
      snippet.length > 0 && make("span", { class: "snippet", lang: "ko" }, ...snippet),
      make("span", { class: "meta" }, about.filter(Boolean).join(" · ")),
    ),
    picture(webAddress(hit.image)),
  ];
}

function picture(src) {
  if (!src) return null;
  const image = make("img", {
    part: "image",
    alt: "",
    width: 64,
    height: 64,
    loading: "lazy",
    referrerpolicy: "no-referrer",
    src,
    // A site's policy may know better than to show it.
    onerror: () => image.remove(),
  });
  return image;
}
