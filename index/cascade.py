"""What the ``_index`` pages of sections hand down to the articles below them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from index.decoding import DecodingError, decode
from index.front_matter import FrontMatterError, read_front_matter
from index.salvage import salvage

# The words of a path pattern: what crosses folders, what stays in one, alternatives.
_GLOB = re.compile(r"\*\*|\*|\?|\{[^{}]*\}|[^*?{]+|\{")
_GLOB_WORDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


class CascadeError(Exception):
    """A section page from which nothing can be read."""


@dataclass(frozen=True, slots=True)
class Cascade:
    """Values by lower-cased key, for the articles whose path fits ``path`` (empty: for all)."""

    values: Mapping[str, object]
    path: str = ""

    def concerns(self, article: str) -> bool:
        """Whether it reaches the article with this id."""
        return not self.path or re.fullmatch(_pattern(self.path), "/" + article) is not None


def parse_cascade(data: bytes) -> tuple[tuple[Cascade, ...], tuple[tuple[int, str], ...]]:
    """The cascades of a section page, and (line, reason) of what had to be salvaged.

    Raises CascadeError.
    """
    try:
        text = decode(data)[0]
    except DecodingError as error:
        raise CascadeError(str(error)) from error
    try:
        front = read_front_matter(text)
    except FrontMatterError as error:
        # A draft section must not come to light because of a missing quotation mark.
        front = salvage(text, error)
    return tuple(_cascades(front.values.get("cascade"))), front.problems


def handed_down(cascades: Iterable[Cascade], article: str) -> dict[str, object]:
    """What the article with this id inherits; the later, nearer cascades win."""
    out: dict[str, object] = {}
    for cascade in cascades:
        if cascade.concerns(article):
            out |= cascade.values
    return out


def _cascades(given: Any) -> Iterable[Cascade]:
    for part in given if isinstance(given, list) else [given]:
        if not isinstance(part, dict):
            continue
        values = {str(key).lower(): value for key, value in part.items()}
        target = values.pop("_target", None) or values.pop("target", None)
        target = target if isinstance(target, dict) else {}
        target = {str(key).lower(): str(value) for key, value in target.items()}
        if re.fullmatch(_pattern(target.get("kind", "page")), "page"):
            yield Cascade(values, re.sub(r"\.(?:md|markdown)\Z", "", target.get("path", "")))


def _pattern(glob: str) -> str:
    return "".join(map(_word, _GLOB.findall(glob)))


def _word(word: str) -> str:
    if word in _GLOB_WORDS:
        return _GLOB_WORDS[word]
    if word.startswith("{") and word.endswith("}"):
        return f"(?:{'|'.join(map(re.escape, word[1:-1].split(',')))})"
    return re.escape(word)
