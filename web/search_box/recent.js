// What was searched for, newest first, in this browser only.
const RECENT = 6;

class Recent {
  #key;
  #queries = [];

  constructor(server) {
    this.#key = `geulsaem-recent ${server}`;
  }

  read() {
    try {
      const stored = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
      this.#queries = (Array.isArray(stored) ? stored : [])
        .filter((q) => typeof q === "string" && q && q.length <= LONGEST)
        .slice(0, RECENT);
    } catch {
      // Storage is forbidden, or what lies there is not ours: what this page knows has to do.
    }
    return this.#queries;
  }

  add(q) {
    if (q) this.#write([q, ...this.read().filter((one) => one !== q)]);
  }

  remove(q) {
    this.#write(this.read().filter((one) => one !== q));
  }

  clear() {
    this.#write([]);
  }

  #write(queries) {
    this.#queries = queries.slice(0, RECENT);
    try {
      if (queries.length) localStorage.setItem(this.#key, JSON.stringify(this.#queries));
      else localStorage.removeItem(this.#key);
    } catch {
      // Forbidden or full: it is remembered until the page is left.
    }
  }
}
