const NAME = "geulsaem-search";

const script = document.currentScript || document.querySelector('script[src*="/embed/search-box"]');
const HOME = script && script.src ? new URL("..", script.src).href : location.origin + "/";

// Milliseconds: after a key, for suggestions, before "nothing" is shown, before it is read out.
const DEBOUNCE = 120;
const SUGGEST_WAIT = 400;
const EMPTY_WAIT = 500;
const ANNOUNCE_WAIT = 700;
const TIMEOUT = 12000;

const LONGEST = 256;
const SUGGESTED = 5;
const RESULTS = 8;
const MOST_RESULTS = 50;

const MAC = /Mac|iPhone|iPad/.test(navigator.platform || "");
