"""The search page in a real browser: with and without JavaScript."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, quote, urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from werkzeug.serving import make_server

from tests.building import app_for, build_index
from tests.web.conftest import archive

Open = Callable[..., Page]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
TOTAL = ".total"
RESULT = "#results .title a"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application with the archive of the other tests of the pages."""
    folder = tmp_path_factory.mktemp("page")
    build_index(folder, archive())
    app = app_for(folder, base_url="/")
    app.extensions["geulsaem"].service.prepare()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()


@contextmanager
def visitor(browser: Browser, origin: str, *, scripts: bool) -> Iterator[Open]:
    """Open pages, each in a profile of its own; nothing may be thrown on them or refused."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def visit(path: str, width: int = 1200, scheme: str = "light") -> Page:
        context = browser.new_context(
            base_url=origin,
            locale="ko-KR",
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
        )
        context.set_default_timeout(8000)
        contexts.append(context)
        page = context.new_page()
        page.route("https://img.example/**", lambda route: route.abort())
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: "Policy" in m.text and problems.append(m.text))
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def visit(browser: Browser, origin: str) -> Iterator[Open]:
    """``visit(path, width=, scheme=)`` opens a page once its scripts have run."""
    with visitor(browser, origin, scripts=True) as opened:
        yield opened


@pytest.fixture
def plain(browser: Browser, origin: str) -> Iterator[Page]:
    """A page of results in a browser without JavaScript."""
    with visitor(browser, origin, scripts=False) as opened:
        yield opened("/?q=소식")


def violations(page: Page) -> list[str]:
    """The rules of axe that are broken, each with the first element that breaks it."""
    # Not as a script element: the policy of the page allows none from elsewhere.
    page.evaluate(AXE)
    found = page.evaluate("axe.run({rules: {'target-size': {enabled: true}}})")["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]


def at(page: Page) -> dict[str, str]:
    """The parameters of the address, the last of each name."""
    return dict(parse_qsl(urlsplit(page.url).query))


def marked(page: Page) -> None:
    """Leave a mark that a full page load takes away."""
    page.evaluate("window.marked = true")


def still_marked(page: Page) -> bool:
    """Whether the page was never left."""
    return bool(page.evaluate("window.marked === true"))


# Filters


def test_ticking_narrows_at_once(visit: Open) -> None:
    page = visit("/?q=소식")
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    marked(page)
    page.get_by_role("checkbox", name="이영희").check()
    expect(page.locator(TOTAL)).to_have_text("총 10건")
    assert at(page) == {"q": "소식", "author": "이영희"}
    box = page.get_by_role("checkbox", name="이영희")
    expect(box).to_be_checked()
    expect(box).to_be_focused()
    page.get_by_role("checkbox", name="김한수").check()
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    expect(page.locator("#status")).to_have_text("검색 결과 총 30건")
    assert still_marked(page)


def test_ticks_in_quick_succession_all_count(visit: Open) -> None:
    page = visit("/")
    page.evaluate(
        """() => ["김한수", "이영희"].forEach(
            (value) => document.querySelector(`[name=author][value="${value}"]`).click())"""
    )
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    assert page.url.count("author=") == 2


def test_values_are_searched_while_one_types(visit: Open) -> None:
    page = visit("/")
    field = page.locator("[name=find_tag]")
    field.press_sequentially("태그3")
    expect(page.locator("#values-tag [type=checkbox]")).to_have_count(1)
    expect(field).to_be_focused()
    assert at(page) == {}
    field.press("Enter")
    assert at(page) == {}
    page.locator("#values-tag [type=checkbox]").check()
    expect(page.locator(TOTAL)).to_have_text("총 3건")
    assert at(page) == {"tag": "태그3"}
    page.get_by_role("link", name="태그3 조건 빼기").click()
    expect(page.locator(TOTAL)).to_have_text("총 32건")


def test_all_values_of_a_facet(visit: Open) -> None:
    page = visit("/?more=tag")
    expect(page.locator("#values-tag")).to_have_class(re.compile("long"))
    page.get_by_role("link", name="줄이기").press("Enter")
    expect(page.get_by_role("link", name="줄이기")).to_have_count(0)
    expect(page.locator("#facet-tag :focus")).to_have_count(1)


def test_more_values_stay_open(visit: Open) -> None:
    page = visit("/")
    page.locator("#more-tag summary").click()
    page.locator("#more-tag [type=checkbox]").first.check()
    expect(page.locator(TOTAL)).to_have_text("총 3건")
    expect(page.locator("#more-tag")).to_have_attribute("open", "")


def test_chips_keep_the_focus_among_them(visit: Open) -> None:
    page = visit("/?author=이영희&tag=반도체")
    page.get_by_role("link", name="이영희 조건 빼기").press("Enter")
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    expect(page.get_by_role("link", name="반도체 조건 빼기")).to_be_focused()


# History


def test_back_and_forward(visit: Open) -> None:
    page = visit("/")
    marked(page)
    page.locator("#q").fill("소식")
    page.locator("#q").press("Enter")
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    page.get_by_role("checkbox", name="이영희").check()
    expect(page.locator(TOTAL)).to_have_text("총 10건")
    page.get_by_role("link", name="최신순").click()
    expect(page.locator(".sorts [aria-current]")).to_have_text("최신순")
    page.go_back()
    expect(page.locator(".sorts [aria-current]")).to_have_text("정확도순")
    page.go_back()
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    expect(page.get_by_role("checkbox", name="이영희")).not_to_be_checked()
    page.go_back()
    expect(page.locator(TOTAL)).to_have_text("총 32건")
    expect(page.locator("#q")).to_have_value("")
    page.go_forward()
    expect(page.locator("#q")).to_have_value("소식")
    expect(page).to_have_title("소식 - 글샘")
    assert still_marked(page)


def test_back_finds_the_place_that_was_left(visit: Open) -> None:
    page = visit("/")
    page.get_by_role("link", name="2페이지").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    left = page.evaluate("scrollY")
    assert left > 300
    page.get_by_role("link", name="2페이지").click()
    expect(page.locator(".pages [aria-current]")).to_have_text("2")
    expect(page.locator("#heading")).to_be_focused()
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.locator(".pages [aria-current]")).to_have_text("1")
    page.wait_for_function(f"Math.abs(scrollY - {left}) < 40")


def test_back_from_an_article(visit: Open) -> None:
    page = visit("/?q=소식")
    page.get_by_role("checkbox", name="이영희").check()
    expect(page.locator(TOTAL)).to_have_text("총 10건")
    page.locator(RESULT).first.click()
    page.wait_for_url(re.compile("/posts/"))
    page.go_back()
    expect(page.locator(TOTAL)).to_have_text("총 10건")
    expect(page.get_by_role("checkbox", name="이영희")).to_be_checked()


def test_the_address_is_put_in_order(visit: Open) -> None:
    page = visit("/?page=1&sort=&tag=반도체&q=소식&utm_source=x")
    assert urlsplit(page.url).query == f"q={quote('소식')}&tag={quote('반도체')}"


def test_an_older_answer_never_wins(visit: Open) -> None:
    page = visit("/")

    def late(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route(re.compile(quote("이영희")), late)
    page.get_by_role("checkbox", name="이영희").check()
    page.get_by_role("link", name="오래된순").click()
    expect(page.locator(".sorts [aria-current]")).to_have_text("오래된순")
    page.wait_for_timeout(600)
    expect(page.locator(TOTAL)).to_have_text("총 32건")


def test_where_fetching_fails_the_browser_goes_there(visit: Open) -> None:
    page = visit("/")
    marked(page)
    page.route("**/*", lambda r: r.abort() if r.request.resource_type == "fetch" else r.continue_())
    page.get_by_role("checkbox", name="이영희").check()
    expect(page.locator(TOTAL)).to_have_text("총 10건")
    assert not still_marked(page)


# Dates


def box_of(page: Page, value: str) -> tuple[float, float]:
    """The middle of a bar."""
    box = page.locator(f'#histogram [data-value="{value}"] .slot').bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_bar_is_clicked(visit: Open) -> None:
    page = visit("/")
    page.mouse.click(*box_of(page, "2024"))
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    assert at(page) == {"date_from": "2024", "date_to": "2024"}
    expect(page.locator("#histogram a")).to_have_count(12)
    page.mouse.click(*box_of(page, "2024-03"))
    expect(page.locator(TOTAL)).to_have_text("총 3건")


def test_a_bar_says_what_it_is(visit: Open) -> None:
    page = visit("/?date_from=2024&date_to=2024")
    page.mouse.move(*box_of(page, "2024-03"))
    expect(page.locator("#range")).to_have_text("2024-03 · 총 3건")
    page.mouse.move(600, 300)
    expect(page.locator("#range")).to_be_empty()


@pytest.mark.parametrize(("first", "last"), [("2024-03", "2024-05"), ("2024-05", "2024-03")])
def test_a_range_is_drawn(first: str, last: str, visit: Open) -> None:
    page = visit("/?date_from=2024&date_to=2024")
    marked(page)
    page.mouse.move(*box_of(page, first))
    page.mouse.down()
    page.mouse.move(*box_of(page, last), steps=8)
    expect(page.locator("#range")).to_have_text("2024-03 ~ 2024-05 · 총 9건")
    page.mouse.up()
    expect(page.locator(TOTAL)).to_have_text("총 9건")
    assert at(page) == {"date_from": "2024-03", "date_to": "2024-05"}
    expect(page.locator("#histogram .chosen")).to_have_count(3)
    assert still_marked(page)


def test_a_range_is_chosen_with_keys(visit: Open) -> None:
    page = visit("/?date_from=2024&date_to=2024")
    bars = page.locator("#histogram a")
    expect(page.locator('#histogram a[tabindex="0"]')).to_have_count(1)
    bars.nth(0).focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(bars.nth(10)).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#range")).to_contain_text("2024-09 ~ 2024-11")
    page.keyboard.press("Escape")
    expect(page.locator("#range")).to_be_empty()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(TOTAL)).to_have_text("총 4건")
    assert at(page) == {"date_from": "2024-09", "date_to": "2024-10"}
    expect(page.locator("#histogram a:focus")).to_have_count(1)


def test_dates_are_typed(visit: Open) -> None:
    page = visit("/?author=이영희")
    page.locator("#dates summary").click()
    page.locator("[name=date_from]").fill("2024-06-01")
    page.locator(".dates button").click()
    expect(page.locator(".chips")).to_contain_text("2024-06 ~")
    assert at(page) == {"author": "이영희", "date_from": "2024-06"}


# Without JavaScript


def test_filters_apply_with_a_button(plain: Page) -> None:
    plain.get_by_role("checkbox", name="이영희").check()
    plain.get_by_role("checkbox", name="태그3").check()
    plain.get_by_role("button", name="조건 적용").click()
    expect(plain.locator(TOTAL)).to_have_text("총 3건")
    plain.get_by_role("link", name="모두 지우기").click()
    expect(plain.locator(TOTAL)).to_have_text("총 30건")


def test_bars_and_pages_are_links(plain: Page) -> None:
    plain.get_by_role("link", name="2024년 3월, 3건").click()
    expect(plain.locator(TOTAL)).to_have_text("총 3건")
    plain.get_by_role("link", name="전체 기간").click()
    plain.get_by_role("link", name="2페이지").click()
    expect(plain.locator(".pages [aria-current]")).to_have_text("2")


def test_values_are_searched_with_enter(plain: Page) -> None:
    plain.locator("[name=find_tag]").fill("ㅂㄷㅊ")
    plain.locator("[name=find_tag]").press("Enter")
    expect(plain.locator("#values-tag [type=checkbox]")).to_have_count(1)


# The search field


def suggesting(page: Page, answers: dict[str, list[dict[str, object]]]) -> None:
    """Answer for the route of suggestions."""

    def answer(route: Route) -> None:
        asked = dict(parse_qsl(urlsplit(route.request.url).query))
        route.fulfill(json={"suggestions": answers.get(asked["q"], [])})

    page.route("**/api/v1/suggest?*", answer)


ANSWERS: dict[str, list[dict[str, object]]] = {
    "소": [
        {"text": "소식", "kind": "term", "highlight": "<mark>소</mark>식"},
        {"text": "이영희", "kind": "author", "highlight": "이영희 &amp; &lt;b&gt;", "count": 10},
    ]
}


def test_suggestions_are_chosen_with_keys(visit: Open) -> None:
    page = visit("/")
    suggesting(page, ANSWERS)
    page.keyboard.press("/")
    field = page.locator("#q")
    expect(field).to_be_focused()
    field.press_sequentially("소")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.nth(1)).to_have_text("이영희 & <b>기자 10")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-0")
    assert violations(page) == []
    field.press("Escape")
    expect(options).to_have_count(0)
    field.press("ArrowDown")
    expect(options).to_have_count(2)
    field.press("ArrowUp")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-1")
    field.press("ArrowUp")
    field.press("Enter")
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    assert at(page) == {"q": "소식"}


def test_suggestions_of_the_archive(visit: Open) -> None:
    page = visit("/")
    page.locator("#q").press_sequentially("ㅂㄷㅊ")
    option = page.get_by_role("option").first
    expect(option).to_contain_text("반도체")
    option.click()
    expect(page.locator(TOTAL)).to_have_text("총 30건")


def test_nothing_found_leads_on(visit: Open) -> None:
    page = visit("/?q=ㅂㄷㅊ")
    page.locator(".meant a").first.click()
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    expect(page.locator("#q")).to_have_value("반도체")


def test_a_suggested_author_is_a_filter(visit: Open) -> None:
    page = visit("/")
    suggesting(page, ANSWERS)
    page.locator("#q").press_sequentially("소")
    page.get_by_role("option").nth(1).click()
    page.wait_for_url(re.compile("author="))
    expect(page.locator(TOTAL)).to_have_text("총 10건")


def test_without_suggestions_the_field_searches(visit: Open) -> None:
    page = visit("/")
    page.route("**/api/v1/suggest?*", lambda route: route.fulfill(status=404, json={}))
    page.locator("#q").press_sequentially("소식")
    page.locator("#q").press("Enter")
    expect(page.locator(TOTAL)).to_have_text("총 30건")
    expect(page.get_by_role("option")).to_have_count(0)


KEYS = {
    # Chrome and Firefox: the key first, then the end of the composition, then the key as itself.
    "Chrome": [
        ("compositionstart", {}),
        ("keydown", {"key": "Process", "keyCode": 229, "code": "Enter", "isComposing": True}),
        ("compositionend", {}),
    ],
    # WebKit: the end first, and the key that ended it right after.
    "Safari": [
        ("compositionstart", {}),
        ("compositionend", {}),
        ("keydown", {"key": "Enter", "keyCode": 229, "code": "Enter"}),
    ],
    "Safari without 229": [
        ("compositionstart", {}),
        ("compositionend", {}),
        ("keydown", {"key": "Enter", "keyCode": 13, "code": "Enter"}),
    ],
}


@pytest.mark.parametrize("events", KEYS.values(), ids=KEYS)
def test_a_key_of_the_input_method_chooses_nothing(
    events: list[tuple[str, dict[str, object]]], visit: Open
) -> None:
    page = visit("/")
    suggesting(page, ANSWERS)
    field = page.locator("#q")
    field.press_sequentially("소")
    expect(page.get_by_role("option")).to_have_count(2)
    field.press("ArrowDown")
    page.evaluate(
        """(events) => {
            const field = document.getElementById("q");
            for (const [name, init] of events) {
                const made = name === "keydown" ? KeyboardEvent : CompositionEvent;
                field.dispatchEvent(new made(name, { bubbles: true, cancelable: true, ...init }));
            }
        }""",
        events,
    )
    page.wait_for_timeout(200)
    assert at(page) == {}
    expect(page.get_by_role("option")).to_have_count(2)
    # The next one is meant.
    field.press("Enter")
    expect(page.locator(TOTAL)).to_have_text("총 30건")


# What it looks like


def test_pictures_that_do_not_load_leave_no_hole(visit: Open) -> None:
    page = visit("/?q=배터리")
    expect(page.locator(".picture")).to_have_count(0)


def test_paper_has_the_results_and_their_addresses(visit: Open) -> None:
    page = visit("/?q=소식&author=이영희")
    page.emulate_media(media="print")
    for part in ("#search", "#filters", ".sorts", ".pages", ".clear", ".foot"):
        expect(page.locator(part)).to_be_hidden()
    expect(page.locator(".chips")).to_contain_text("이영희")
    after = page.locator(RESULT).first.evaluate("(a) => getComputedStyle(a, '::after').content")
    assert "/posts/" in after


def test_forced_colours_show_what_is_chosen(visit: Open) -> None:
    page = visit("/?date_from=2024-03&date_to=2024-03")
    page.emulate_media(forced_colors="active")
    fill = "(bar) => getComputedStyle(bar).fill"
    chosen = page.locator("#histogram .chosen .bar").evaluate(fill)
    other = page.locator("#histogram a:not(.chosen) .bar").first.evaluate(fill)
    assert chosen != other


STATES = {
    "start": "/",
    "results": "/?q=소식",
    "filters": "/?q=소식&author=이영희&date_from=2024&date_to=2024&more=tag",
    "nothing": "/?q=뷁쀍&author=이영희",
    "meant": "/?q=ㅂㄷㅊ",
    "near": "/?q=배터리 자동차",
    "error": "/nothing",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("path", STATES.values(), ids=STATES)
def test_every_state_fits_and_can_be_read_by_all(
    path: str, width: int, scheme: str, visit: Open
) -> None:
    page = visit(path, width=width, scheme=scheme)
    if page.locator("#filter-panel > summary").is_visible():
        page.locator("#filter-panel > summary").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # All in sight: what sticks to the bottom lies over nothing.
    page.set_viewport_size({"width": width, "height": 5000})
    assert violations(page) == []
