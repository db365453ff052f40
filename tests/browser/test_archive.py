"""The archive in a real browser: keys, previews, selection, and axe on every page."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.building import article, build_index, day
from tests.web.editors import EDITOR, PASSWORD, archive_app

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an archive of twelve articles, every fourth a draft, is served."""
    folder: Path = tmp_path_factory.mktemp("archive")
    build_index(
        folder,
        [
            article(
                f"posts/{n:02}",
                url=f"https://news.example/posts/{n:02}/",
                title=f"반도체 [소식] {n:02}",
                body="반도체 수출이 늘었다.",
                authors=("김한수",),
                categories=("경제",),
                date=day(f"2025-{n + 1:02}-01"),
                draft=n % 4 == 0,
            )
            for n in range(12)
        ],
    )
    server = make_server("127.0.0.1", 0, archive_app(folder), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(browser: Browser, origin: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The archive, logged in, in a window of a size."""
    context = browser.new_context(
        base_url=origin, viewport=getattr(request, "param", WIDE), locale="ko-KR", bypass_csp=False
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/archive?q=반도체&sort=title")
    page.fill("[name=name]", EDITOR)
    page.fill("[name=password]", PASSWORD)
    page.click(".login-form button")
    expect(page.locator(".row")).to_have_count(12)
    yield page
    context.close()
    assert errors == []


def test_articles_are_read_with_the_keys(page: Page) -> None:
    keyboard, reading = page.keyboard, page.locator(".pane .reading")
    for key in ("j", "j", "k", "Enter"):
        keyboard.press(key)
    expect(reading.locator(".headline")).to_have_text("반도체 [소식] 00")
    expect(reading.locator("mark").first).to_have_text("반도체")
    # ㅓ stands where j does.
    page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'ㅓ', code: 'KeyJ', bubbles: true}))"
    )
    expect(page.locator(".row.current")).to_contain_text("01")
    keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    keyboard.type("j")
    expect(page.locator("#q")).to_have_value("j")
    keyboard.press("Escape")
    keyboard.press("?")
    expect(page.locator("#syntax")).to_be_visible()


def test_links_are_copied_as_markdown(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = page.locator("button.copy")
    expect(copy).to_be_disabled()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator(".chosen")).to_have_text("2건 고름")
    copy.click()
    expect(copy).to_have_text("복사했습니다")
    assert page.evaluate("navigator.clipboard.readText()").splitlines() == [
        r"- [반도체 \[소식\] 00](https://news.example/posts/00/) (김한수, 2025-01-01)",
        r"- [반도체 \[소식\] 01](https://news.example/posts/01/) (김한수, 2025-02-01)",
    ]
    page.click(".select-all")
    expect(page.locator(".chosen")).to_have_text("12건 고름")


def test_the_dates_of_a_search_have_room(page: Page) -> None:
    for part in page.locator(".dates label input").all():
        assert part.bounding_box()["width"] > 100
    assert page.locator(".dates button").bounding_box()["height"] < 40


def test_exports_are_downloads(page: Page) -> None:
    with page.expect_download() as download:
        page.click(".exports a >> nth=0")
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert text.splitlines()[0].startswith("아이디,상태,제목")
    assert len(text.splitlines()) == 13


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_on_a_small_screen_an_article_is_a_page(page: Page) -> None:
    page.click("a.open >> nth=0")
    expect(page.locator("h1.headline")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


@pytest.mark.parametrize("page", [WIDE, NARROW], indirect=True, ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/archive?q=반도체&category=경제",
        "/archive?view=cards&status=draft",
        "/archive?q=없는말이다",
        "/archive/article?id=posts/01&q=반도체",
        "/archive/insights",
    ],
)
def test_axe_has_nothing_to_say(path: str, scheme: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(path)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
