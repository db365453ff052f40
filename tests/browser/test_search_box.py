"""The search box on a strict page of another origin: opening, results, choosing, errors."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.box import ANY_ORIGIN, SEARCH, SUGGEST, Box
from tests.browser.host import Host

Visit = Callable[..., Box]

_NOTHING = {"query": {}, "total": 0, "hits": [], "also": []}


def _answer(title: str) -> dict[str, object]:
    hit = {"id": title, "url": "/a/", "title": title, "highlights": {"title": title, "body": []}}
    return _NOTHING | {"total": 1, "hits": [hit]}


def _suggest(page: Page, *suggestions: dict[str, object]) -> None:
    page.route(
        SUGGEST,
        lambda route: route.fulfill(json={"suggestions": suggestions}, headers=ANY_ORIGIN),
    )


# Opening and closing


@pytest.mark.parametrize("keys", ["/", "Control+k", "Meta+k"])
def test_a_shortcut_opens_it(keys: str, box: Visit, page: Page) -> None:
    search = box()
    page.keyboard.press(keys)
    expect(search.input).to_be_focused()
    expect(search.input).to_have_value("")


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_shortcut_is_a_letter_in_a_field_of_the_page(keys: str, box: Visit, page: Page) -> None:
    search = box()
    page.locator("#name").focus()
    page.keyboard.press(keys)
    expect(search.dialog).to_be_hidden()
    expect(page.locator("#name")).to_have_value("/" if keys == "/" else "")


def test_a_slash_in_the_box_is_a_letter(box: Visit, page: Page) -> None:
    search = box().open()
    page.keyboard.press("/")
    expect(search.input).to_have_value("/")


def test_shortcuts_can_be_turned_off(box: Visit, page: Page) -> None:
    search = box('shortcut="off"')
    page.keyboard.press("/")
    expect(search.dialog).to_be_hidden()


@pytest.mark.parametrize("way", ["Escape", "Control+k", "button", "backdrop"])
def test_the_focus_goes_back_to_where_it_was(way: str, box: Visit, page: Page) -> None:
    search = box()
    page.locator("#link").focus()
    page.keyboard.press("/")
    expect(search.dialog).to_be_visible()
    if way == "button":
        search.element.get_by_role("button", name="닫기").click()
    elif way == "backdrop":
        page.mouse.click(5, 790)
    else:
        page.keyboard.press(way)
    expect(search.dialog).to_be_hidden()
    expect(page.locator("#link")).to_be_focused()


def test_closed_and_opened_again_it_still_searches(box: Visit, page: Page) -> None:
    search = box().open()
    page.evaluate("const box = document.querySelector('geulsaem-search'); box.close(); box.open();")
    search.type("반도체")
    page.keyboard.press("Escape")
    search.open()
    expect(search.input).to_have_value("반도체")
    expect(search.options.first).to_contain_text("반도체")


def test_tab_stays_inside(box: Visit, page: Page) -> None:
    search = box().open()
    close = search.element.get_by_role("button", name="닫기")
    page.keyboard.press("Tab")
    expect(close).to_be_focused()
    page.keyboard.press("Tab")
    expect(search.input).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(close).to_be_focused()


def test_keys_of_the_box_are_no_shortcuts_of_the_page(box: Visit, page: Page) -> None:
    search = box()
    page.evaluate(
        "addEventListener('keydown', (e) => { window.got = (window.got ?? '') + e.key; })"
    )
    search.open()
    page.keyboard.type("jk")
    assert page.evaluate("window.got") is None


def test_the_page_behind_does_not_scroll(box: Visit, page: Page) -> None:
    search = box()
    page.evaluate("document.body.append(document.createElement('canvas'))")
    page.evaluate("document.querySelector('canvas').height = 4000")
    search.open().type("반도체")
    scrolled = search.element.get_by_role("listbox")
    for x, y in ((5, 700), (640, 130), (640, 400)):
        page.mouse.move(x, y)
        page.mouse.wheel(0, 4000)
        page.mouse.wheel(0, 4000)
        page.wait_for_timeout(200)
    assert page.evaluate("scrollY") == 0
    assert scrolled.evaluate("(node) => node.scrollTop") > 0


# Results


def test_results_come_as_one_types(box: Visit) -> None:
    search = box().open().type("반도체")
    expect(search.group("기사").get_by_role("option")).to_have_count(8)
    expect(search.options.last).to_contain_text("‘반도체’ 검색 결과 12건 모두 보기")
    first = search.options.first
    expect(first.locator("mark").first).to_have_text("반도체")
    expect(first).to_contain_text("김한수 · 경제")
    expect(search.input).to_have_attribute("aria-expanded", "true")
    expect(search.status).to_have_text("기사 12건")


def test_per_page_and_placeholder(box: Visit) -> None:
    search = box('per-page="3" placeholder="새벽신문에서 찾기"').open().type("반도체")
    expect(search.group("기사").get_by_role("option")).to_have_count(3)
    expect(search.input).to_have_attribute("placeholder", "새벽신문에서 찾기")


def test_markup_of_an_article_is_text(box: Visit, page: Page) -> None:
    search = box().open().type("쿼카")
    first = search.options.first
    expect(first).to_contain_text("<script>alert('쿼카')</script> 쿼카")
    expect(first.locator("mark").first).to_have_text("쿼카")
    assert first.get_attribute("href") is None
    assert search.element.locator("script, b, img").count() == 0


@pytest.mark.parametrize(
    ("html", "text", "marks"),
    [
        ("<mark>구글</mark>과", "구글과", ["구글"]),
        ("&lt;b&gt; &amp;amp; &#39;&#x27;&quot;", "<b> &amp; ''\"", []),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>", []),
        ("<mark onclick=alert(1)>a</mark>", "<mark onclick=alert(1)>a</mark>", []),
        ("<mark><b>a</b></mark>", "<b>a</b>", ["<b>a</b>"]),
        ("<mark>열린", "<mark>열린", []),
        ("&#99999999; &#1114112;", "&#99999999; &#1114112;", []),
    ],
    ids=["mark", "entities", "image", "attribute", "nested", "open", "no character"],
)
def test_a_highlight_has_no_markup_but_marks(
    html: str, text: str, marks: list[str], box: Visit, page: Page
) -> None:
    page.route(SEARCH, lambda route: route.fulfill(json=_answer(html), headers=ANY_ORIGIN))
    title = box().open().type("a").options.first.locator(".title")
    expect(title).to_have_text(text)
    assert title.locator("mark").all_inner_texts() == marks
    assert title.locator("*").count() == len(marks)


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://news.example/a/", "https://news.example/a/"),
        ("javascript:alert(1)", None),
        ("JAVASCRIPT:alert(1)", None),
        ("data:text/html,a", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_only_web_addresses_are_links(url: str, href: str | None, box: Visit, page: Page) -> None:
    answer = _answer("글")
    answer["hits"][0]["url"] = url  # type: ignore[index]
    page.route(SEARCH, lambda route: route.fulfill(json=answer, headers=ANY_ORIGIN))
    first = box().open().type("글").options.first
    assert first.get_attribute("href") == href
    first.click()


def test_an_older_answer_never_overwrites_a_newer_one(box: Visit, page: Page) -> None:
    waiting: list[Route] = []

    def answer(route: Route) -> None:
        if "q=slow&" in route.request.url:
            waiting.append(route)
        else:
            route.fulfill(json=_answer("newer"), headers=ANY_ORIGIN)

    page.route(SEARCH, answer)
    # As if the browser could not abort what is under way.
    page.add_init_script(
        "const real = fetch; window.fetch = (url, { signal, ...rest }) => real(url, rest);"
    )
    search = box().open()
    with page.expect_request(SEARCH):
        search.input.fill("slow")
    search.input.fill("fast")
    expect(search.options.first).to_contain_text("newer")
    waiting[0].fulfill(json=_answer("older"), headers=ANY_ORIGIN)
    page.wait_for_timeout(300)
    expect(search.options.first).to_contain_text("newer")


def test_what_is_no_longer_asked_is_aborted(box: Visit, page: Page) -> None:
    page.route("**/api/v1/search?q=slow*", lambda route: None)
    search = box().open()
    with page.expect_event("requestfailed", lambda request: "q=slow" in request.url):
        with page.expect_request(SEARCH):
            search.input.fill("slow")
        search.input.fill("반도체")
    expect(search.options.first).to_contain_text("반도체")


def test_typing_is_debounced(box: Visit, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    box().open().type("반도체 수출이 늘었다")
    searches = [url for url in asked if "/api/v1/search" in url]
    assert 1 <= len(searches) <= 3


def test_no_result_says_what_to_do(box: Visit) -> None:
    search = box().open()
    search.input.fill("없는낱말이다")
    expect(search.dialog).to_contain_text("‘없는낱말이다’에 맞는 글이 없습니다.")
    expect(search.status).to_have_text("‘없는낱말이다’에 맞는 글이 없습니다.")
    expect(search.input).to_have_attribute("aria-expanded", "false")


def test_a_correction_leads_back_to_what_was_typed(box: Visit, page: Page) -> None:
    # 반도체 on a keyboard that stood on Latin letters.
    search = box().open().type("qksehcp")
    expect(search.dialog).to_contain_text("‘반도체’로 검색한 결과입니다.")
    with page.expect_request("**correct=0**"):
        search.element.get_by_role("button", name="‘qksehcp’(으)로 다시 검색").click()
    expect(search.dialog).to_contain_text("‘qksehcp’에 맞는 글이 없습니다.")
    expect(search.input).to_be_focused()


def test_did_you_mean_is_one_press_away(box: Visit, page: Page) -> None:
    meant = _answer("글") | {"query": {"did_you_mean": "반도체"}}
    page.route(
        "**q=%EB%B0%98%EB%8F%84%EC%B1%84*", lambda r: r.fulfill(json=meant, headers=ANY_ORIGIN)
    )
    search = box().open().type("반도채")
    search.element.get_by_role("button", name="반도체").click()
    expect(search.input).to_have_value("반도체")
    expect(search.group("기사").get_by_role("option")).to_have_count(8)


def test_articles_with_some_of_the_words_stand_apart(box: Visit, page: Page) -> None:
    near = _answer("모두")
    near["also"] = [_answer("일부")["hits"][0] | {"missing": ["환율"]}]  # type: ignore[index]
    page.route(SEARCH, lambda route: route.fulfill(json=near, headers=ANY_ORIGIN))
    also = box().open().type("글").group("일부 단어만 맞는 글")
    expect(also.get_by_role("option")).to_contain_text("빠진 단어: 환율")


# Suggestions

_TERM = {"text": "반도체", "kind": "term", "highlight": "<mark>반도</mark>체", "count": 12}
_TITLE = {"text": "제목", "kind": "title", "highlight": "제목", "url": "https://news.example/a/"}
_AUTHOR = {"text": "김 한수", "kind": "author", "highlight": "김 한수", "count": 3}


def test_suggestions_stand_above_results(box: Visit, page: Page) -> None:
    _suggest(page, _TERM, _TITLE)
    search = box().open().type("반도")
    suggestions = search.group("추천 검색어").get_by_role("option")
    expect(suggestions).to_have_count(2)
    expect(suggestions.first.locator("mark")).to_have_text("반도")
    expect(suggestions.nth(1)).to_have_attribute("href", "https://news.example/a/")
    suggestions.first.click()
    expect(search.input).to_have_value("반도체")
    expect(search.input).to_be_focused()


def test_a_title_is_not_suggested_where_its_article_is_listed(box: Visit, page: Page) -> None:
    _suggest(page, _TITLE | {"url": "/rates/0/"}, _TITLE)
    search = box().open().type("기준금리")
    expect(search.group("추천 검색어").get_by_role("option")).to_have_count(1)


def test_suggestions_are_enough_where_no_article_is_found(box: Visit, page: Page) -> None:
    _suggest(page, _TERM)
    search = box().open().type("ㅂㄷㅊ")
    expect(search.dialog).not_to_contain_text("맞는 글이 없습니다")
    expect(search.status).to_have_text("기사 0건, 추천 검색어 1개. 혹시 이것을 찾으셨나요? 반도체")


def test_a_person_is_searched_for_as_author(box: Visit, page: Page) -> None:
    _suggest(page, _AUTHOR)
    search = box().open().type("김한")
    search.group("추천 검색어").get_by_role("option").click()
    expect(search.input).to_have_value('author:"김 한수"')


@pytest.mark.parametrize("status", [404, 500])
def test_without_suggestions_there_are_results(status: int, box: Visit, page: Page) -> None:
    page.route(SUGGEST, lambda route: route.fulfill(status=status, headers=ANY_ORIGIN))
    search = box().open().type("반도체")
    expect(search.group("추천 검색어")).to_have_count(0)
    expect(search.group("기사").get_by_role("option")).to_have_count(8)


# The keyboard


def test_arrows_go_round_and_enter_opens(box: Visit, page: Page) -> None:
    search = box('per-page="2"').open().type("반도체")
    search.heard()
    seen = []
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
        seen.append(search.active().partition("\n")[0])
    titles = [text.partition("\n")[0] for text in search.options.all_inner_texts()]
    assert seen == [*titles, "", titles[2]]
    page.keyboard.press("ArrowUp")
    expect(search.element.locator("[aria-selected=true]")).to_have_count(1)
    href = search.options.nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    assert [(one["kind"], one["url"]) for one in search.selected()] == [("hit", href)]
    expect(search.dialog).to_be_hidden()


def test_enter_on_nothing_shows_all_results_on_the_server(
    box: Visit, page: Page, server: str
) -> None:
    search = box().open().type("반도체")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server}/?q=%EB%B0%98%EB%8F%84%EC%B2%B4")
    page.go_back()
    page.keyboard.press("/")
    expect(search.options.first).to_have_text("반도체")


def test_a_hit_is_an_ordinary_link(box: Visit, page: Page, host: Host) -> None:
    search = box().open().type("반도체")
    href = search.options.first.get_attribute("href") or ""
    assert href.startswith(f"{host.origin}/chips/")
    search.options.first.click()
    page.wait_for_url(href)


# Recent searches


def test_recent_searches_are_offered_and_cleared(box: Visit, page: Page) -> None:
    search = box()
    search.heard()
    for query in ("기준금리", "반도체"):
        search.open()
        search.input.fill(query)
        expect(search.options.last).to_contain_text(query)
        page.keyboard.press("Enter")
        expect(search.dialog).to_be_hidden()
    search.open().input.fill("")
    expect(search.options).to_have_text(["반도체", "기준금리"])
    search.element.get_by_role("button", name="‘반도체’ 기록 지우기").click()
    expect(search.options).to_have_text(["기준금리"])
    expect(search.input).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(search.input).to_have_value("기준금리")
    search.input.fill("")
    search.element.get_by_role("button", name="모두 지우기").click()
    expect(search.options).to_have_count(0)
    expect(search.status).to_have_text("최근 검색을 지웠습니다.")
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("stored", ["{", "7", '{"a": 1}', "[1, null, {}]"])
def test_what_is_no_history_is_none(stored: str, box: Visit, page: Page, server: str) -> None:
    search = box()
    page.evaluate(f"localStorage.setItem('geulsaem-recent {server}/', {json.dumps(stored)})")
    search.open()
    expect(search.options).to_have_count(0)


def test_storage_may_be_forbidden(box: Visit, page: Page) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } });"
    )
    search = box()
    search.heard()
    search.open().type("반도체")
    page.keyboard.press("Enter")
    search.open().input.fill("")
    expect(search.options).to_have_text(["반도체"])


# Errors


def test_offline_says_so_and_goes_on_when_it_is_over(box: Visit, context: BrowserContext) -> None:
    search = box().open()
    context.set_offline(True)
    search.input.fill("반도체")
    expect(search.dialog).to_contain_text("인터넷에 연결되어 있지 않습니다.")
    expect(search.status).to_have_text("인터넷에 연결되어 있지 않습니다.")
    context.set_offline(False)
    expect(search.options.first).to_contain_text("반도체")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 500}, "검색 서버에서 답을 받지 못했습니다."),
        ({"status": 429}, "요청이 많습니다."),
        ({"status": 503}, "지금은 검색할 수 없습니다."),
        ({"status": 400}, "검색어를 알아볼 수 없습니다."),
        ({"body": "<html>"}, "검색 서버에서 답을 받지 못했습니다."),
        ({"json": {"hits": None}}, "검색 서버에서 답을 받지 못했습니다."),
        ({"json": None}, "검색 서버에서 답을 받지 못했습니다."),
    ],
    ids=["500", "429", "503", "400", "no JSON", "other JSON", "null"],
)
def test_an_error_offers_to_try_again(
    answer: dict[str, object], said: str, box: Visit, page: Page
) -> None:
    page.route(SEARCH, lambda route: route.fulfill(headers=ANY_ORIGIN, **answer))  # type: ignore[arg-type]
    search = box().open()
    search.input.fill("반도체")
    expect(search.dialog).to_contain_text(said)
    page.unroute(SEARCH)
    search.element.get_by_role("button", name="다시 시도").click()
    expect(search.options.first).to_contain_text("반도체")
    expect(search.input).to_be_focused()


def test_a_site_that_may_not_ask_is_told_why(page: Page, host: Host, server: str) -> None:
    page.goto(host.with_box(server, policy="script-src {server}; connect-src 'none'"))
    search = Box(page).open()
    with page.expect_console_message(lambda message: "allowed_origins" in message.text):
        search.input.fill("반도체")
    expect(search.dialog).to_contain_text("검색 서버에서 답을 받지 못했습니다.")


@pytest.mark.parametrize("given", ["", "nonsense:", "http://["])
def test_a_server_that_is_none_is_that_of_the_script(given: str, box: Visit) -> None:
    search = box(f'server="{given}"').open().type("반도체")
    expect(search.group("기사").get_by_role("option")).to_have_count(8)


# The page around it


def test_the_page_stays_as_it_was(page: Page, host: Host, server: str) -> None:
    page.goto(host.with_box(server, scripts=""))
    before = set(page.evaluate("Object.getOwnPropertyNames(window)"))
    expect(page.get_by_role("link", name="검색")).to_be_visible()
    script = '<script src="{server}/embed/search-box.js"></script>'
    page.goto(host.with_box(server, scripts=script * 2))
    assert set(page.evaluate("Object.getOwnPropertyNames(window)")) == before
    html = page.evaluate("document.documentElement.outerHTML")
    Box(page).open().type("반도체")
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.outerHTML") == html
    assert page.evaluate("document.adoptedStyleSheets.length") == 0


def test_a_strict_policy_is_not_broken(box: Visit, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    _suggest(page, _TERM)
    box().open().type("반도체")
    assert [text for text in complaints if "Security" in text or "Trusted" in text] == []


@pytest.mark.parametrize(
    "scripts",
    [
        '<script type="module" src="{server}/embed/search-box.js"></script>',
        '<script async src="{server}/embed/search-box.js"></script>',
    ],
    ids=["module", "async"],
)
def test_any_kind_of_script_tag_will_do(scripts: str, page: Page, host: Host, server: str) -> None:
    page.goto(host.with_box(server, scripts=scripts))
    Box(page).open().type("반도체")


def test_the_pinned_script_is_checked(page: Page, host: Host, server: str) -> None:
    about = page.request.get(f"{server}/embed/search-box.json").json()
    page.goto(host.with_box(server, scripts=about["tag"]))
    expect(Box(page).trigger).to_be_visible()
    wrong = about["tag"].replace("sha384-", "sha384-AAAA")
    page.goto(host.with_box(server, scripts=wrong))
    expect(page.get_by_role("link", name="검색")).to_be_visible()


@pytest.mark.parametrize(
    ("lang", "attribute", "said"),
    [
        ("ko", "", "닫기"),
        ("en", "", "Close"),
        ("en-GB", "", "Close"),
        ("ko", 'lang="en"', "Close"),
        ("en", 'lang="ko"', "닫기"),
        ("fr", "", "닫기"),
        ("", "", "닫기"),
    ],
)
def test_it_speaks_the_language_of_the_page(
    lang: str, attribute: str, said: str, box: Visit
) -> None:
    search = box(attribute, lang=lang).open()
    expect(search.element.get_by_role("button", name=said)).to_be_visible()


def test_an_attribute_may_change_later(box: Visit, page: Page) -> None:
    search = box()
    page.evaluate("document.querySelector('geulsaem-search').setAttribute('placeholder', '찾기')")
    expect(search.trigger).to_have_accessible_name("찾기")


def test_an_element_may_leave_and_come_back(box: Visit, page: Page) -> None:
    search = box().open()
    page.evaluate(
        "const box = document.querySelector('geulsaem-search'); box.remove();"
        "document.body.append(box);"
    )
    expect(search.dialog).to_be_hidden()
    page.keyboard.press("/")
    search.type("반도체")


@pytest.mark.parametrize(
    ("scheme", "attribute", "dark"),
    [
        ("light", "", False),
        ("dark", "", True),
        ("dark", 'theme="light"', False),
        ("light", 'theme="dark"', True),
    ],
)
def test_light_and_dark(scheme: str, attribute: str, dark: bool, box: Visit, page: Page) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    search = box(attribute).open()
    ground = search.panel.evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert (ground != "rgb(255, 255, 255)") is dark


def test_colours_are_custom_properties(box: Visit, page: Page) -> None:
    search = box()
    page.evaluate("document.documentElement.style.setProperty('--geulsaem-ground', 'rgb(1, 2, 3)')")
    search.open()
    for part in (search.trigger, search.panel):
        assert part.evaluate("(node) => getComputedStyle(node).backgroundColor") == "rgb(1, 2, 3)"


def test_names_of_the_page_are_the_pages(box: Visit, page: Page) -> None:
    search = box()
    page.evaluate(
        """() => {
          const page = new CSSStyleSheet();
          page.replaceSync(`:root { --accent: rgb(1, 2, 3); }
            geulsaem-search { --geulsaem-accent: var(--accent); }`);
          document.adoptedStyleSheets = [page];
        }"""
    )
    search.open()
    lens = search.dialog.locator("svg").first
    assert lens.evaluate("(node) => getComputedStyle(node).stroke") == "rgb(1, 2, 3)"


def test_a_telephone_shows_it_on_the_whole_screen(box: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    search = box().open().type("반도체")
    assert search.panel.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
    assert search.panel.evaluate("(node) => node.scrollWidth") <= 360


def test_nothing_moves_where_nothing_may_move(box: Visit, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    search = box().open()
    assert search.panel.evaluate("(node) => node.getAnimations().length") == 0


def test_suggestions_of_the_server(box: Visit, page: Page) -> None:
    page.unroute(SUGGEST)
    search = box().open().type("반도ㅊ")
    first = search.group("추천 검색어").get_by_role("option").first
    expect(first).to_contain_text("반도체")
    first.click()
    expect(search.group("기사").get_by_role("option")).to_have_count(8)
