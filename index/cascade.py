"""What the ``_index`` pages of sections, and the site, hand down to the articles below them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from index.decoding import DecodingError, decode
from index.front_matter import read_front_matter
from index.front_matter_formats import FrontMatterError
from index.salvage import salvage

# The words of a pattern, as Hugo's matcher reads them: what crosses folders, what stays in one, a
# class of characters, the edges of alternatives, an escaped character.
_GLOB = re.compile(r"\*\*|\*|\?|\[!?[^\]]+\]|\\.|.", re.DOTALL)
_GLOB_WORDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
_EDGES = {"{": "(?:", ",": "|", "}": ")"}


class CascadeError(Exception):
    """A section page from which nothing can be read."""


@dataclass(frozen=True, slots=True)
class Cascade:
    """Values by lower-cased key, for the articles whose path fits ``path`` (empty: for all)."""

    values: Mapping[str, object]
    path: str = ""

    def concerns(self, article: str, file: str) -> bool:
        """Whether it reaches the article with this id in this file: Hugo compared files with a
        pattern, and compares pages since 0.123."""
        return not self.path or any(_fits(self.path, f"/{name}") for name in (article, file))


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
    return tuple(cascades_of(front.values.get("cascade"))), front.problems


def handed_down(cascades: Iterable[Cascade], article: str, file: str) -> dict[str, object]:
    """What the article with this id in this file inherits; the later, nearer cascades win."""
    out: dict[str, object] = {}
    for cascade in cascades:
        if cascade.concerns(article, file):
            out |= cascade.values
    return out


def cascades_of(given: Any) -> Iterable[Cascade]:
    """What a value of ``cascade`` hands down, of a section page or of the configuration."""
    for part in given if isinstance(given, list) else [given]:
        if not isinstance(part, dict):
            continue
        values = {str(key).lower(): value for key, value in part.items()}
        target = values.pop("_target", None) or values.pop("target", None)
        target = target if isinstance(target, dict) else {}
        target = {str(key).lower(): str(value) for key, value in target.items()}
        if _fits(target.get("kind", "page"), "page"):
            yield Cascade(values, target.get("path", ""))


def _fits(glob: str, name: str) -> bool:
    pattern = _pattern(glob)
    return pattern is None or pattern.fullmatch(name) is not None


@cache
def _pattern(glob: str) -> re.Pattern[str] | None:
    """The pattern of a glob; None where it makes no sense: rather handed down too far than a draft
    in public."""
    try:
        return re.compile(_alternatives(_GLOB.findall(glob)), re.IGNORECASE | re.DOTALL)
    except (re.error, RecursionError):
        return None


def _alternatives(words: list[str]) -> str:
    out: list[str] = []
    depth = 0
    for word in words:
        if word in _EDGES and (depth or word == "{"):
            depth += (word == "{") - (word == "}")
            out.append(_EDGES[word])
        else:
            out.append(_word(word))
    return "".join(out)


def _word(word: str) -> str:
    if word in _GLOB_WORDS:
        return _GLOB_WORDS[word]
    if len(word) > 1 and word.startswith("["):
        inside = word[1:-1]
        negated = inside.startswith("!")
        listed = re.sub(r"([\\\[^&~|])", r"\\\1", inside[negated:])
        return f"[{'^' * negated}{listed}]"
    if word == "[":
        raise re.error("a class that is not closed")
    return re.escape(word[1:] if len(word) > 1 else word)
