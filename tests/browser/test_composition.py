"""The Korean input method: real compositions of Chromium, and the order in which WebKit tells."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.box import SEARCH, Box, Keyboard
from tests.browser.host import Host

Visit = Callable[..., Box]

_KEYS = {"Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38}
# Longer than the key that ended a composition takes to follow it.
_LATER_MS = 250


@pytest.fixture
def ime(box: Visit, page: Page) -> tuple[Box, Keyboard]:
    """An open box that has the focus, and an input method."""
    search = box()
    search.heard()
    search.open()
    return search, Keyboard(page)


def _composed(search: Box, keyboard: Keyboard) -> None:
    """기준금리 with its last syllable in composition, and what it finds."""
    keyboard.commit("기준금")
    for state in ("ㄹ", "리"):
        keyboard.compose(state)
    expect(search.input).to_have_value("기준금리")
    expect(search.options.last).to_contain_text("‘기준금리’")


def test_the_search_runs_on_the_syllable_in_composition(
    ime: tuple[Box, Keyboard], page: Page
) -> None:
    search, keyboard = ime
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for state in ("ㅂ", "바", "반", "받"):
        keyboard.compose(state)
    keyboard.compose("반")
    with page.expect_request("**/search?q=%EB%B0%98%EB%8F%84%EC%B2%B4&*"):
        keyboard.commit("반도")
        keyboard.compose("ㅊ")
        keyboard.compose("체")
    expect(search.options.first).to_contain_text("반도체")
    before = len(asked)
    keyboard.commit("체")
    page.wait_for_timeout(_LATER_MS)
    # The end of a composition changes nothing that was asked for.
    assert len(asked) == before
    expect(search.input).to_have_value("반도체")


@pytest.mark.parametrize("key", _KEYS)
def test_a_key_of_the_input_method_does_nothing(
    key: str, ime: tuple[Box, Keyboard], page: Page
) -> None:
    search, keyboard = ime
    _composed(search, keyboard)
    keyboard.processed(key)
    page.wait_for_timeout(_LATER_MS)
    expect(search.dialog).to_be_visible()
    expect(search.input).to_have_value("기준금리")
    assert (search.active(), search.selected()) == ("", [])


def test_a_key_that_is_handed_on_means_what_it_says(ime: tuple[Box, Keyboard]) -> None:
    search, keyboard = ime
    _composed(search, keyboard)
    keyboard.ends_and_hands_on("ArrowDown", _KEYS["ArrowDown"], "리")
    expect(search.input).to_have_value("기준금리")
    assert search.active().startswith("기준금리 동결")
    keyboard.compose("")
    keyboard.ends_and_hands_on("Enter", _KEYS["Enter"], "")
    assert [one["kind"] for one in search.selected()] == ["hit"]


def test_enter_that_is_handed_on_submits_once_and_the_whole_word(
    ime: tuple[Box, Keyboard],
) -> None:
    search, keyboard = ime
    _composed(search, keyboard)
    keyboard.ends_and_hands_on("Enter", _KEYS["Enter"], "리")
    assert [one["q"] for one in search.selected()] == ["기준금리"]


def test_a_word_chosen_while_a_syllable_is_composed_is_not_doubled(
    ime: tuple[Box, Keyboard], page: Page
) -> None:
    search, keyboard = ime
    page.evaluate(
        "localStorage.setItem(`geulsaem-recent ${document.querySelector('script').src"
        ".replace('embed/search-box.js', '')}`, '[\"반도체\"]')"
    )
    keyboard.commit("환")
    keyboard.compose("유")
    expect(search.input).to_have_value("환유")
    search.element.get_by_role("button", name="검색어 지우기").click()
    expect(search.input).to_have_value("")
    keyboard.compose("ㅂ")
    keyboard.compose("")
    search.options.first.click()
    expect(search.input).to_have_value("반도체")
    keyboard.commit(" 수출")
    expect(search.input).to_have_value("반도체 수출")


# What Chromium never sends: events as WebKit orders them, the key after the end it has caused.

_WEBKIT = """([element, key, keyCode]) => {
  const input = element.shadowRoot.activeElement;
  const sent = { bubbles: true, composed: true, cancelable: true };
  input.dispatchEvent(new CompositionEvent("compositionstart", sent));
  input.value += "리";
  input.dispatchEvent(new InputEvent("input", { ...sent, isComposing: true }));
  input.dispatchEvent(new CompositionEvent("compositionend", { ...sent, data: "리" }));
  const press = new KeyboardEvent("keydown", { ...sent, key, code: key });
  Object.defineProperty(press, "keyCode", { value: keyCode });
  input.dispatchEvent(press);
  input.dispatchEvent(new KeyboardEvent("keyup", { ...sent, key, code: key }));
}"""
_PRESS = """([element, key]) => {
  const sent = { key, code: key, bubbles: true, composed: true, cancelable: true };
  element.shadowRoot.activeElement.dispatchEvent(new KeyboardEvent("keydown", sent));
}"""


@pytest.mark.parametrize("key", _KEYS)
@pytest.mark.parametrize("as_processed", [True, False], ids=["229", "itself"])
def test_the_key_right_after_the_end_belongs_to_it(
    key: str, as_processed: bool, ime: tuple[Box, Keyboard], page: Page
) -> None:
    search, keyboard = ime
    keyboard.commit("기준금")
    expect(search.options.first).to_be_visible()
    number = 229 if as_processed else _KEYS[key]
    element = search.element.element_handle()
    page.evaluate(_WEBKIT, [element, key, number])
    expect(search.options.last).to_contain_text("‘기준금리’")
    expect(search.dialog).to_be_visible()
    expect(search.input).to_have_value("기준금리")
    assert (search.active(), search.selected()) == ("", [])
    # The next press is the reader's own.
    page.evaluate(_PRESS, [element, key])
    if key == "Escape":
        expect(search.dialog).to_be_hidden()
    elif key == "Enter":
        assert [one["q"] for one in search.selected()] == ["기준금리"]
    else:
        assert search.active() != ""


def test_a_key_some_time_after_the_end_is_the_readers(
    ime: tuple[Box, Keyboard], page: Page
) -> None:
    search, keyboard = ime
    _composed(search, keyboard)
    keyboard.commit("리")
    page.wait_for_timeout(_LATER_MS)
    page.keyboard.press("Enter")
    assert [one["q"] for one in search.selected()] == ["기준금리"]


def test_no_result_does_not_flicker_between_two_syllables(
    ime: tuple[Box, Keyboard], page: Page
) -> None:
    search, keyboard = ime
    keyboard.commit("반도체")
    expect(search.options.first).to_contain_text("반도체")
    with page.expect_response(SEARCH):
        keyboard.compose("쀍")
    expect(search.options.first).to_contain_text("반도체")
    expect(search.dialog).to_contain_text("‘반도체쀍’에 맞는 글이 없습니다.")


def test_the_search_key_of_android_submits(browser: Browser, host: Host, server: str) -> None:
    telephone = browser.new_context(user_agent="Mozilla/5.0 (Linux; Android 15) Chrome/140.0")
    page = telephone.new_page()
    page.goto(host.with_box(server))
    search = Box(page)
    search.heard()
    search.open()
    page.evaluate(_WEBKIT, [search.element.element_handle(), "Enter", _KEYS["Enter"]])
    assert [one["q"] for one in search.selected()] == ["리"]
    telephone.close()


def test_escape_that_the_browser_takes_itself_keeps_the_syllable(
    ime: tuple[Box, Keyboard],
) -> None:
    search, keyboard = ime
    keyboard.compose("기")
    request = "(node) => node.dispatchEvent(new Event('cancel', { cancelable: true }))"
    assert search.dialog.evaluate(request) is False
    expect(search.dialog).to_be_visible()
    keyboard.commit("기")
    search.dialog.evaluate(request)
    expect(search.dialog).to_be_hidden()
