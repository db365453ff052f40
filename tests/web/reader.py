"""A page as a reader without JavaScript has it: elements, links, forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(("meta", "link", "img", "input", "br", "hr"))


@dataclass
class Element:
    """An element with its attributes, its text and what it stands in."""

    tag: str
    attributes: dict[str, str]
    inside: tuple["Element", ...]
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its text and that of everything in it, single-spaced."""
        return " ".join("".join(self.pieces).split())

    def has(self, name: str) -> bool:
        """Whether it is of this tag or class."""
        return name == self.tag or name in self.attributes.get("class", "").split()


class Page(HTMLParser):
    """All elements of an HTML page, in order. Fails on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open[-1].tag}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        attributes = {name: value or "" for name, value in attrs}
        assert len(attributes) == len(attrs), f"an attribute twice: {attrs}"
        element = Element(tag, attributes, tuple(self._open))
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self._open, f"</{tag}> without its beginning"
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        """Text, of all elements that it stands in."""
        for element in self._open:
            element.pieces.append(data)

    def all(self, name: str, within: str = "") -> list[Element]:
        """The elements of a tag or class, within one of a tag or class."""
        return [
            element
            for element in self.elements
            if element.has(name) and (not within or any(e.has(within) for e in element.inside))
        ]

    def one(self, name: str, within: str = "") -> Element:
        """The only one of them."""
        (found,) = self.all(name, within)
        return found

    def link(self, text: str, within: str = "") -> str:
        """Where the only link with this text leads."""
        found = {e.attributes["href"] for e in self.all("a", within) if e.text == text}
        assert len(found) == 1, f"links {text!r}: {found}"
        return found.pop()

    def fields(self, form: str) -> list[tuple[str, str]]:
        """What a form would send as it stands."""
        inputs = self.all("input", form)
        return [(e.attributes["name"], e.attributes.get("value", "")) for e in inputs]
