"""The search box as a reader meets it."""

from playwright.sync_api import CDPSession, Locator, Page, expect

SUGGEST = "**/api/v1/suggest?*"
SEARCH = "**/api/v1/search?*"
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
# A key as the input method of Korean sends it: Chrome says 229 while it composes.
PROCESSED = 229


class Box:
    """One ``<geulsaem-search>`` on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.element = page.locator("geulsaem-search").first
        self.trigger = self.element.get_by_role("button").first
        self.dialog = self.element.get_by_role("dialog")
        self.panel = self.element.locator("[part=dialog]")
        self.input = self.element.get_by_role("combobox")
        self.options = self.element.get_by_role("option")
        self.status = self.element.get_by_role("status")

    def open(self) -> "Box":
        self.trigger.click()
        expect(self.dialog).to_be_visible()
        return self

    def type(self, text: str) -> "Box":
        """Type, and wait for what was found."""
        self.input.press_sequentially(text)
        expect(self.options.first).to_be_visible()
        return self

    def group(self, name: str) -> Locator:
        return self.element.get_by_role("group", name=name)

    def active(self) -> str:
        """The text of the active option; empty where there is none."""
        name = self.input.get_attribute("aria-activedescendant")
        return self.element.locator(f"#{name}").inner_text() if name else ""

    def heard(self) -> list[str]:
        """The names of the events that the host page hears from now on."""
        self.page.evaluate(
            """() => {
              window.heard = [];
              for (const name of ["open", "close", "search", "select"])
                addEventListener(`geulsaem-${name}`, (e) => heard.push([name, e.detail]));
              // Nothing leaves the page.
              addEventListener("geulsaem-select", (e) => e.preventDefault());
            }"""
        )
        return []

    def selected(self) -> list[dict[str, str]]:
        """What has been chosen since ``heard``."""
        chosen: list[dict[str, str]] = self.page.evaluate(
            "heard.filter(([name]) => name === 'select').map(([, detail]) => detail)"
        )
        return chosen


class Keyboard:
    """A Korean input method, through the same door as Chromium's own: the DevTools protocol."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)

    def compose(self, text: str) -> None:
        """A syllable in composition: 사, 삼, …"""
        self._key("rawKeyDown", "Process", "KeyA")
        self._session.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
        )
        self._key("keyUp", "Process", "KeyA")

    def commit(self, text: str) -> None:
        """The composition ends with this text."""
        self._session.send("Input.insertText", {"text": text})

    def processed(self, key: str) -> None:
        """A key that goes to the input method only."""
        self._key("rawKeyDown", key, key)
        self._key("keyUp", key, key)

    def ends_and_hands_on(self, key: str, code: int, text: str) -> None:
        """A key that ends the composition and comes once more as itself, as Korean ones do."""
        self._key("rawKeyDown", key, key)
        self.commit(text)
        self._key("rawKeyDown", key, key, code)
        self._key("keyUp", key, key, code)

    def _key(self, kind: str, key: str, code: str, number: int = PROCESSED) -> None:
        self._session.send(
            "Input.dispatchKeyEvent",
            {"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number},
        )
