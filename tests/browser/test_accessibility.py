"""axe has nothing to say about any state of the search box."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.box import ANY_ORIGIN, SEARCH, SUGGEST, Box

Visit = Callable[..., Box]

_SUGGESTIONS = [
    {"text": "반도체", "kind": "term", "highlight": "<mark>반도</mark>체", "count": 12},
    {"text": "반도체", "kind": "tag", "highlight": "<mark>반도</mark>체", "count": 12},
    {"text": "제목", "kind": "title", "highlight": "제목", "url": "https://news.example/a/"},
]


def _closed(search: Box) -> None:
    expect(search.trigger).to_be_visible()


def _empty(search: Box) -> None:
    search.open()


def _recent(search: Box) -> None:
    search.open()
    search.input.fill("반도체")
    expect(search.options.last).to_contain_text("반도체")
    search.page.keyboard.press("Enter")
    search.open().input.fill("")
    expect(search.options).to_have_count(1)


def _results(search: Box) -> None:
    search.page.route(
        SUGGEST,
        lambda route: route.fulfill(json={"suggestions": _SUGGESTIONS}, headers=ANY_ORIGIN),
    )
    search.open().type("반도체")
    search.page.keyboard.press("ArrowDown")
    search.page.keyboard.press("ArrowDown")


def _corrected(search: Box) -> None:
    search.open().type("qksehcp")
    expect(search.dialog).to_contain_text("‘반도체’로 검색한 결과입니다.")


def _nothing(search: Box) -> None:
    search.open().input.fill("없는낱말이다")
    expect(search.dialog).to_contain_text("맞는 글이 없습니다.")


def _failed(search: Box) -> None:
    search.page.route(SEARCH, lambda route: route.abort())
    search.open().input.fill("반도체")
    expect(search.element.get_by_role("button", name="다시 시도")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "state",
    [_closed, _empty, _recent, _results, _corrected, _nothing, _failed],
    ids=lambda state: state.__name__[1:],
)
def test_axe_finds_nothing(
    state: Callable[[Box], None], scheme: str, width: int, box: Visit, page: Page
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    search = box()
    search.heard()
    state(search)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    # What axe could not decide is about colours that lie over each other, if anything.
    assert {one["id"] for one in found.response["incomplete"]} <= {"color-contrast"}


def test_a_screen_reader_hears_a_combobox(box: Visit) -> None:
    search = box('per-page="1"').open().type("반도체")
    search.page.keyboard.press("ArrowDown")
    expect(search.dialog).to_match_aria_snapshot(
        """
        - dialog "기사 검색":
          - search:
            - combobox "기사 검색" [expanded]: 반도체
            - button "검색어 지우기"
            - button "닫기"
          - listbox "추천 검색어와 검색 결과":
            - group "기사":
              - option /반도체 수출/ [selected]
            - option "‘반도체’ 검색 결과 12건 모두 보기"
          - status: 기사 12건
        """
    )


def test_forced_colours_show_the_active_option(box: Visit, page: Page) -> None:
    page.emulate_media(forced_colors="active")
    search = box().open().type("반도체")

    def ground(index: int) -> str:
        style = "(node) => getComputedStyle(node).backgroundColor"
        return str(search.options.nth(index).evaluate(style))

    page.keyboard.press("ArrowDown")
    assert ground(0) != ground(1)
