"""A folder as its articles see it: what is handed down to them, and of which section they are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from index.cascade import Cascade, handed_down
from index.language import ENGLISH, Suffixes, split_language


class Inherited(NamedTuple):
    """What an article has of the folders above: the values of cascades, the path of its section,
    and a digest of both."""

    cascade: Mapping[str, object]
    section: str
    digest: str


@dataclass(frozen=True, slots=True)
class Section:
    """The cascades of a folder and of those above, each with its language; by language the nearest
    folder that has a page of its own (``_index``), which is what Hugo calls a section."""

    suffixes: Suffixes = field(default_factory=lambda: ENGLISH)
    cascades: tuple[tuple[str, Cascade], ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)

    def with_page(self, folder: str, language: str, cascades: tuple[Cascade, ...]) -> "Section":
        """The same where ``folder`` has a page in a language, which hands down ``cascades``."""
        own = tuple((language, cascade) for cascade in cascades)
        return replace(
            self, cascades=self.cascades + own, paths={**self.paths, language: folder.rstrip("/")}
        )

    def inherited(self, path: str, article: str) -> Inherited:
        """What the ``article`` at ``path`` (its id) has of it."""
        key, language = split_language(article, self.suffixes)
        # The first folder is one without a page.
        first, below, _ = key.partition("/")
        section = self.paths.get(language) or (first if below else "")
        mine = [own for of, own in self.cascades if of == language]
        cascade = handed_down(mine, key, path) if mine else {}
        if not cascade:
            return _of_section(section)
        # Not by orjson: front matter may hold numbers beyond 64 bits, and halves of surrogate
        # pairs.
        text = json.dumps([section, cascade], default=str, ensure_ascii=False)
        return Inherited(cascade, section, _digest(text))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@lru_cache(1024)
def _of_section(section: str) -> Inherited:
    """What nearly all articles have: no values of cascades."""
    return Inherited({}, section, _digest(section))
