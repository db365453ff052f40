"""The words of an index as corrections and suggestions ask for them, wherever they are kept."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from search.request import Kind
from search.typing import Reading


@dataclass(frozen=True, slots=True)
class Entry:
    """A word or facet value with the number of its visible documents."""

    text: str
    kind: Kind
    count: int


class Completions(Protocol):
    """What may be suggested."""

    def entries(self, reading: Reading) -> Iterator[Entry]:
        """Words and facet values with a word that begins so, the best first."""

    def titles(self, meant: Sequence[Reading]) -> Iterator[str]:
        """The ids of articles whose title has a word for each reading, newer ones first; where
        there is one reading, those that begin with it before them."""

    def endings(self, before: Sequence[Reading], last: Reading, most: int) -> Iterator[str]:
        """Words that the last one may become and that stand in a title with those before it;
        those of most such titles first. Looks at ``most`` words."""

    def known(self, reading: Reading) -> bool:
        """Whether anything has a word that begins so."""


class Vocabulary(Protocol):
    """What a misspelt word may have been meant as."""

    def near(self, word: str) -> list[str]:
        """Other words that are typed with one stroke changed, added, left out, or two swapped;
        those of most documents first."""

    def among(self, words: Iterable[str]) -> Collection[str]:
        """Those of some words that it has."""


class Words(Protocol):
    """Both, of one state of an index."""

    @property
    def suggestions(self) -> Completions:
        """What may be suggested."""

    @property
    def vocabulary(self) -> Vocabulary:
        """What a misspelt word may have been meant as."""
