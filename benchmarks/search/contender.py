"""What every engine of the comparison can be asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.asked import Asked, Kind

if TYPE_CHECKING:
    from benchmarks.corpus import Draft

FACETS = ("author", "category", "tag", "month")
# Values of a facet that are asked for; months are asked for whole.
FACET_SIZE = 20
HITS = 10
ALL_MONTHS = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """How many documents were found (None: the engine does not say), and facet counts."""

    total: int | None
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A document for engines that take tokens."""

    number: int
    tokens: list[str]
    draft: "Draft"

    @property
    def month(self) -> str:
        """The month of its date."""
        return f"{self.draft.date:%Y-%m}"

    @property
    def seconds(self) -> int:
        """Its date in seconds since 1970."""
        return int(self.draft.date.timestamp())


class Contender(Protocol):
    """An engine with its index open."""

    name: str
    kinds: frozenset[Kind]
    # Timed calls of each query and queries of each kind (None: all); fewer for slow engines.
    rounds: int
    most_queries: int | None
    has_facets: bool
    # Whether it takes prefixes and totals as the others do, so that its counts must be the same.
    counts_prefixes: bool

    def run(self, asked: Asked, *, facets: bool) -> Answer:
        """The ten best hits, the total, the counts of the four facets where asked for."""

    def forget(self) -> None:
        """Empty its own caches, where it has any."""


class Rival(Protocol):
    """Makes an index in a folder, and opens it."""

    name: str

    def build(self, folder: Path, rows: Iterator[Row]) -> None:
        """Write the index."""

    def open(self, folder: Path) -> Contender:
        """Open it."""
