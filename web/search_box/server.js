// The search server: what it is asked, and why there may be no answer.
class Server {
  #suggests = true;

  constructor(given) {
    const address = webAddress(given) || HOME;
    this.address = address.endsWith("/") ? address : `${address}/`;
  }

  // The page of the server with all results.
  page(q, correct) {
    const url = new URL(this.address);
    url.searchParams.set("q", q);
    if (!correct) url.searchParams.set("correct", "0");
    return url.href;
  }

  async search(q, size, correct, signal) {
    const params = { q, per_page: size, facets: "", snippets: 1, snippet_length: 100 };
    if (!correct) params.correct = 0;
    const answer = await this.#get("search", params, signal);
    const { query = {}, also = [], total = 0 } = answer;
    return { query, total, hits: [...answer.hits], also: [...also] };
  }

  // Suggestions are worth a short wait and no error.
  suggest(q, signal) {
    if (!this.#suggests) return [];
    const asked = this.#get("suggest", { q, limit: SUGGESTED }, signal)
      .then((answer) => answer.suggestions.filter((one) => one.text).slice(0, SUGGESTED))
      .catch((error) => {
        if (error.status === 404) this.#suggests = false;
        return [];
      });
    return Promise.race([asked, new Promise((done) => setTimeout(done, SUGGEST_WAIT, []))]);
  }

  // The word for it in WORDS.
  reason(error) {
    const known = { 400: "refused", 429: "busy", 503: "unready" }[error.status];
    if (known) return known;
    if (navigator.onLine === false) return "offline";
    if (!error.status) {
      console.warn(
        `${NAME}: no answer from ${this.address}; see its allowed_origins, and connect-src here`,
      );
    }
    return "failed";
  }

  async #get(name, params, signal) {
    const url = new URL(`api/v1/${name}`, this.address);
    url.search = new URLSearchParams(params);
    const response = await fetch(url, { signal, credentials: "omit" });
    if (!response.ok) throw Object.assign(new Error(), { status: response.status });
    return response.json();
  }
}
