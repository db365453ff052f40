"""What is asked of the search service, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from index.cache import CacheState
from index.fields import FACETS, VALUE_FACETS
from search.explain import Explanation
from search.plan import Status

Sort = Literal["relevance", "newest", "oldest"]
ArchiveSort = Literal["relevance", "newest", "oldest", "title"]
Matching = Literal["all", "most"]
HintKind = Literal["date", "field", "value"]
Kind = Literal["title", "tag", "author", "category", "term"]

MAX_QUERY = 256
MAX_DEPTH = 10_000
MAX_PER_PAGE = 100
MAX_SNIPPETS = 5
MAX_SUGGESTIONS = 20
MAX_RELATED = 20


class RequestError(Exception):
    """A parameter that cannot be used: its name, and what is allowed."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(f"{parameter}: {detail}")
        self.parameter = parameter
        self.detail = detail


@dataclass(frozen=True, slots=True)
class FacetSearch:
    """Only the values of ``facet`` with a word that begins with ``text``, or with its 초성."""

    facet: str
    text: str


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search, all values checked for type but not for sense.

    ``selected`` holds the chosen values by facet; ``date_from`` and ``date_to`` are YYYY, YYYY-MM
    or YYYY-MM-DD, inclusive. ``sort`` None means relevance, newest for an empty query.
    ``everything`` shows what the public may not see (editors, the command line); only with it
    hits can be narrowed by ``status`` and sorted by title. ``explain`` asks for the parts of every
    score.
    """

    q: str = ""
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: str = ""
    date_to: str = ""
    sort: ArchiveSort | None = None
    page: int = 1
    per_page: int = 10
    cursor: str = ""
    facets: tuple[str, ...] = FACETS
    facet_size: int = 20
    facet_search: FacetSearch | None = None
    highlight: bool = True
    snippets: int = 2
    snippet_length: int = 120
    correct: bool = True
    everything: bool = False
    status: tuple[Status, ...] = ()
    explain: bool = False


# Of what an answer has many, none has slots: orjson writes it seven times as fast.
# Not frozen: it would take twice as long to make one of each month.
@dataclass
class DateValue:
    """A year or month with the number of its documents."""

    value: str
    count: int


@dataclass
class FacetValue(DateValue):
    """One value of a facet with the documents that carry it, and whether it is chosen."""

    selected: bool


@dataclass(frozen=True)
class Highlights:
    """HTML in which ``<mark>`` is the only markup; ``body`` holds snippets."""

    title: str
    subtitle: str
    body: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """An article that was found; ``highlights`` None where none were asked for."""

    id: str
    url: str
    title: str
    subtitle: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    date: str | None
    image: str
    score: float
    highlights: Highlights | None


@dataclass(frozen=True)
class NearHit(Hit):
    """A hit that lacks some words of the query: ``missing`` names them."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Editorial:
    """What only editors see of a hit: its status now, its file (relative to the content folder)
    and when it was changed."""

    status: Status
    source: str
    lastmod: str | None


@dataclass(frozen=True, slots=True)
class Hint:
    """A part of the query (``text``) that may have been meant otherwise than it was read: a
    ``date:`` that is none and a ``field`` that there is not were searched for as words; what
    stands for a ``value`` of a facet is none, or only the beginning of one. ``instead`` is the
    whole query as it may have been meant."""

    kind: HintKind
    text: str
    instead: str | None


@dataclass(frozen=True, slots=True)
class AppliedQuery:
    """What was searched for: ``applied`` differs from ``q`` where a correction was run."""

    q: str
    applied: str
    did_you_mean: str | None
    reason: str | None
    matching: Matching
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """The answer to a SearchRequest; ``pages`` counts the pages that ``page`` can reach.

    ``settled`` is False where a moment later it may be another, because what corrections need of
    this generation was not there yet: such an answer is not to be kept. ``statuses`` counts, and
    ``editorial`` says of each hit by its id, what was asked for with ``everything``;
    ``explanations`` are those of all hits by id, where they were asked for and the order is by
    relevance.
    """

    query: AppliedQuery
    total: int
    page: int
    per_page: int
    pages: int
    cursor: str | None
    partial: bool
    generation: int
    hits: tuple[Hit, ...]
    also: tuple[NearHit, ...]
    facets: Mapping[str, tuple[DateValue, ...]]
    settled: bool = True
    statuses: Mapping[Status, int] = field(default_factory=dict)
    editorial: Mapping[str, Editorial] = field(default_factory=dict)
    explanations: Mapping[str, Explanation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion. ``highlight`` is HTML in which ``<mark>`` is the only markup; titles have a
    ``url``, facet values the ``count`` of their visible articles."""

    text: str
    kind: Kind
    highlight: str
    url: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class SuggestAnswer:
    """Completions, the best first; ``settled`` as in SearchAnswer."""

    suggestions: tuple[Suggestion, ...]
    settled: bool


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long an answer holds: ``etag`` names the state it came from, ``max_age`` seconds."""

    etag: str
    max_age: int


Record = Mapping[str, Any]

__all__ = [
    "MAX_DEPTH",
    "MAX_PER_PAGE",
    "MAX_QUERY",
    "MAX_RELATED",
    "MAX_SNIPPETS",
    "MAX_SUGGESTIONS",
    "VALUE_FACETS",
    "AppliedQuery",
    "ArchiveSort",
    "DateValue",
    "Editorial",
    "FacetSearch",
    "FacetValue",
    "Freshness",
    "Highlights",
    "Hint",
    "Hit",
    "Kind",
    "Matching",
    "NearHit",
    "Record",
    "RequestError",
    "SearchAnswer",
    "SearchRequest",
    "Sort",
    "SuggestAnswer",
    "Suggestion",
]


@dataclass(frozen=True, slots=True)
class IndexState:
    """The generation that answers: how many documents it has, hidden ones too, when it was
    published (seconds since 1970), and its caches by name. ``degraded`` says what is wrong where
    it is not the one that was published last."""

    generation: int
    articles: int
    published: float
    caches: Mapping[str, CacheState]
    degraded: str | None
