"""The engine seam: what keeps an index answers these calls, and nothing else is asked of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from index.cache import CacheState
from index.settings import Settings
from search.plan import Plan, Status

if TYPE_CHECKING:
    from search.background import Built
    from search.derived import Derive
    from search.explain import Explanation
    from search.words import Words


# Why an engine cannot answer, in words that name nothing: see web/errors.py.
Cause = Literal["busy", "slow", "away", "refused", "version", "other"]


class EngineError(Exception):
    """The engine cannot answer; the message says why and what to do, to those who run it.
    ``cause`` is what anybody may know of it."""

    def __init__(self, message: str, cause: Cause = "other") -> None:
        super().__init__(message)
        self.cause: Cause = cause


class NoIndexError(EngineError):
    """Nothing was published yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: its id, score and date (seconds since 1970), and which units it lacks (indexes
    into the units of the first reading); its status where the plan asks about that."""

    id: str
    score: float
    date: int | None
    missing: tuple[int, ...] = ()
    status: Status | None = None


class FacetCount(NamedTuple):
    """A value in its most frequent spelling, with its key and the number of documents."""

    key: str
    value: str
    # Better known by this name than as the method of tuples that it hides.
    count: int  # type: ignore[assignment]


class FacetCounts(Protocol):
    """All values of a facet that were found, and the chosen ones, by count and then by value."""

    def __len__(self) -> int:
        """How many there are."""

    def rows(self, first: int, last: int) -> Sequence[FacetCount]:
        """Some of them, in order."""

    def of(self, key: str) -> FacetCount | None:
        """The row of a value; None where no visible document carries it."""


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to a plan; ``statuses`` counts documents where the plan asks about that."""

    total: int
    found: tuple[Found, ...]
    facets: Mapping[str, FacetCounts] = field(default_factory=dict)
    partial: bool = False
    statuses: Mapping[Status, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many documents there are to be seen, and how many of them hold each term in any text
    field."""

    documents: int
    frequencies: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Visibility:
    """The state of what the public sees: ``epoch`` is the latest publish or expiry instant that
    has passed, ``next_change`` the one to come (None: none), both seconds since 1970."""

    epoch: int
    next_change: int | None


class Snapshot(Protocol):
    """One generation, as it was published; safe to share among threads."""

    @property
    def generation(self) -> int:
        """Its number."""

    @property
    def stamp(self) -> str:
        """What made it (see ``index.reindex``)."""

    @property
    def documents_left(self) -> int:
        """How many documents it has, hidden ones too."""

    @property
    def published(self) -> float:
        """When it was published, seconds since 1970."""

    def caches(self) -> Mapping[str, CacheState]:
        """The figures of its caches, by name."""

    def search(self, plan: Plan) -> Page:
        """The documents of a plan."""

    def statistics(self, terms: Iterable[str], visible_at: int | None) -> Statistics:
        """Document frequencies of morpheme terms in what is visible at an instant (None: in all
        there is). With little left of the budget they are estimates, by which to weigh terms."""

    def frequencies(self, terms: Iterable[str], visible_at: int | None) -> Mapping[str, int]:
        """How many of the documents visible at an instant hold each term: never an estimate."""

    def vocabulary(
        self, field: str, text: str, mode: Literal["prefix", "contains"], limit: int
    ) -> Sequence[str]:
        """Terms of an index field that begin with or contain ``text``, at most ``limit``."""

    def documents(self, ids: Iterable[str], visible_at: int | None) -> dict[str, Mapping[str, Any]]:
        """The stored records of those that exist and are visible, by id."""

    def statuses(self, ids: Iterable[str], at: int) -> dict[str, Status]:
        """The status at an instant of those that exist, by id."""

    def explain(self, plan: Plan, ids: Iterable[str]) -> Mapping[str, "Explanation"]:
        """Why the visible ones of these documents rank where they do, by id; ``plan`` is sorted by
        relevance."""

    def visibility(self, now: int) -> Visibility:
        """The visibility epoch at ``now``."""


class Engine(Protocol):
    """Hands out snapshots of the published generation."""

    @property
    def degraded(self) -> str | None:
        """What is wrong, where another generation answers than the one that was published last."""

    def snapshot(self) -> Snapshot:
        """The newest published generation. Raises NoIndexError and EngineError."""

    def follow(self, prepare: Callable[[Snapshot], None]) -> None:
        """Open what is published from now on beside the requests of this process; it is handed
        out once ``prepare`` has seen it. What cannot be opened is logged, and the one before
        stays."""

    def words(self, snapshot: Snapshot, epoch: int) -> "Built[Words] | None":
        """What corrections and suggestions ask about what is public of a snapshot at an epoch, at
        once: of this state, or of another one, by which it is to be checked. None where nothing
        is there yet."""

    def prepare(self, snapshot: Snapshot, epoch: int) -> None:
        """Make that of this state here and now, where it is not there. Raises EngineError."""

    def caches(self) -> Mapping[str, CacheState]:
        """The figures of the caches that outlive a snapshot, by name."""


def open_engine(settings: Settings, derive: "Derive | None" = None) -> Engine:
    """The engine of the configuration. ``derive`` makes what an engine of this machine needs for
    ``Engine.words``; without it each process makes its own."""
    if settings.engine == "opensearch":
        # Loads a client that the other engine does without.
        from search.opensearch_engine import ClusterEngine

        return ClusterEngine(settings)
    from search.whoosh_engine import WhooshEngine

    return WhooshEngine(settings.index_dir, derive)
