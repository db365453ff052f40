const WORDS = {
  ko: {
    search: "기사 검색",
    clear: "검색어 지우기",
    close: "닫기",
    list: "추천 검색어와 검색 결과",
    recent: "최근 검색",
    forget: "‘{q}’ 기록 지우기",
    forgetAll: "모두 지우기",
    forgotten: "최근 검색을 지웠습니다.",
    suggestions: "추천 검색어",
    results: "기사",
    also: "일부 단어만 맞는 글",
    missing: "빠진 단어: ",
    all: "‘{q}’ 검색 결과 {n}건 모두 보기",
    hint: "제목과 본문에서 찾습니다.",
    tip: "“따옴표” 안의 말은 그대로 찾고, -낱말은 빼고 찾습니다. author:, category:, tag:, date:2025-07로 좁힙니다.",
    none: "‘{q}’에 맞는 글이 없습니다.",
    noneTip: "단어를 줄이거나 다른 말로 바꾸어 보세요.",
    offline: "인터넷에 연결되어 있지 않습니다.",
    failed: "검색 서버에서 답을 받지 못했습니다.",
    busy: "요청이 많습니다. 잠시 뒤에 다시 시도해 주세요.",
    refused: "검색어를 알아볼 수 없습니다.",
    unready: "지금은 검색할 수 없습니다. 잠시 뒤에 다시 시도해 주세요.",
    again: "다시 시도",
    meant: "혹시 이것을 찾으셨나요?",
    instead: "‘{q}’{ro} 검색한 결과입니다.",
    typed: "‘{q}’{ro} 다시 검색",
    most: "중요한 단어가 맞는 글입니다. 일부 단어는 없을 수 있습니다.",
    hint_date: "‘{text}’: 날짜는 2025-07처럼 적어 주세요.",
    hint_field: "‘{text}’: 이런 항목이 없습니다.",
    hint_value: "‘{text}’: 빈칸이 있는 값은 따옴표로 묶어 주세요.",
    count: "기사 {n}건",
    suggested: "추천 검색어 {n}개",
    date: "{y}년 {m}월 {d}일",
    move: "이동",
    open: "열기",
    untitled: "(제목 없음)",
    count1: "{n}건",
    title: "기사",
    tag: "태그",
    author: "기자",
    category: "분류",
    term: "",
  },
  en: {
    search: "Search articles",
    clear: "Clear",
    close: "Close",
    list: "Suggestions and results",
    recent: "Recent searches",
    forget: "Forget “{q}”",
    forgetAll: "Clear all",
    forgotten: "Recent searches cleared.",
    suggestions: "Suggestions",
    results: "Articles",
    also: "Articles with some of the words",
    missing: "Missing: ",
    all: "All results for “{q}”: {n}",
    hint: "Searches titles and texts.",
    tip: "“Quotes” keep words as they are, -word leaves one out; author:, category:, tag: and date:2025-07 narrow.",
    none: "No article matches “{q}”.",
    noneTip: "Try fewer or other words.",
    offline: "You are offline.",
    failed: "The search server did not answer.",
    busy: "Too many requests. Please try again shortly.",
    refused: "This query cannot be read.",
    unready: "Search is not available right now. Please try again shortly.",
    again: "Try again",
    meant: "Did you mean",
    instead: "Results for “{q}”.",
    typed: "Search for “{q}”",
    most: "These articles have the words that count; some may be missing.",
    hint_date: "“{text}” is no date; 2025-07 is one.",
    hint_field: "“{text}” names no field.",
    hint_value: "“{text}”: quote a value with blanks.",
    count: "articles: {n}",
    suggested: "suggestions: {n}",
    date: "{y}-{m}-{d}",
    move: "move",
    open: "open",
    untitled: "(untitled)",
    count1: "{n}",
    title: "Article",
    tag: "Tag",
    author: "Author",
    category: "Category",
    term: "",
  },
};

// 로 after a vowel or ㄹ, 으로 after any other consonant, both where the last letter is no Hangul.
function ro(word) {
  const last = word.match(/[\p{L}\p{N}](?=[^\p{L}\p{N}]*$)/u)?.[0] ?? "";
  const syllable = last.charCodeAt(0) - 0xac00;
  if (!(syllable >= 0 && syllable < 11172)) return "(으)로";
  return syllable % 28 === 0 || syllable % 28 === 8 ? "로" : "으로";
}

// The words of one language: that of the element, of what it stands in, or of the browser.
class Speech {
  constructor(element) {
    const asked =
      element.closest("[lang]")?.lang || document.documentElement.lang || navigator.language;
    this.language = /^en\b/i.test(asked) ? "en" : "ko";
  }

  say(key, values = {}) {
    const known = { ...values, ro: values.q === undefined ? "" : ro(values.q) };
    return WORDS[this.language][key].replace(/\{(\w+)\}/g, (_, name) => String(known[name]));
  }

  number(n) {
    return Number(n).toLocaleString(this.language);
  }

  date(iso) {
    const [, y, m, d] = /^(\d{4})-(\d\d)-(\d\d)/.exec(iso ?? "") ?? [];
    if (!y) return "";
    return this.say("date", this.language === "en" ? { y, m, d } : { y, m: +m, d: +d });
  }
}
