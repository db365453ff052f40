"""Our own engine, asked through plans, without a query string."""

from pathlib import Path

from benchmarks.asked import KINDS, Asked, Kind
from benchmarks.search.contender import ALL_MONTHS, FACET_SIZE, FACETS, HITS, Answer
from index.cache import ByteCache
from search import engine
from search import plan as plans
from search.plan import Plan
from search.snapshot import Snapshot
from search.whoosh_engine import WhooshEngine

# Where the other engines look too.
_FIELDS = ("title", "body")
# Caches below this hold what is made once for a generation, not what is made for a query.
_SMALL = 1 << 20


class Planned:
    """An engine behind our seam, asked for what every contender is asked for."""

    kinds: frozenset[Kind] = frozenset(KINDS)
    rounds = 9
    most_queries = None
    has_facets = True
    # Ours finds noun runs that begin with it, too.
    counts_prefixes = False

    def __init__(self, name: str, snapshot: engine.Snapshot) -> None:
        self.name = name
        self._asked = snapshot

    def run(self, asked: Asked, *, facets: bool) -> Answer:
        """See Contender. Hits come with id and date, facets as rows that can be shown."""
        page = self._asked.search(plan_of(asked, facets=facets))
        counts = {}
        for facet in FACETS if facets else ():
            rows = page.facets[facet].rows(0, ALL_MONTHS if facet == "month" else FACET_SIZE)
            counts[facet] = {row.value: row.count for row in rows}
        return Answer(page.total, counts)

    def forget(self) -> None:
        """See Contender: it is asked with what it keeps."""


class Ours(Planned):
    """A published index of ours on disk."""

    def __init__(self, name: str, index_dir: Path) -> None:
        snapshot = WhooshEngine(index_dir).snapshot()
        assert isinstance(snapshot, Snapshot)
        super().__init__(name, snapshot)
        self.snapshot = snapshot

    def forget(self) -> None:
        """See Contender: what was kept of earlier queries, as in a fresh process."""
        forget(self.snapshot)


def forget(snapshot: Snapshot) -> None:
    """Empty the caches of what was made for a query."""
    for holder in (snapshot, snapshot.scorer, snapshot.lists, snapshot.postings):
        for name, value in vars(holder).items():
            if isinstance(value, ByteCache) and value.state().limit >= _SMALL:
                setattr(holder, name, ByteCache(value.state().limit))


def plan_of(asked: Asked, *, facets: bool) -> Plan:
    """The plan of a query: editors' view, so that every document counts as for the others."""
    kept = asked.words[:-1] if asked.kind == "not" else asked.words
    wanted: tuple[plans.Clause, ...] = tuple(plans.TermIs(word, _FIELDS) for word in kept)
    excluded: tuple[plans.Clause, ...] = ()
    match asked.kind:
        case "or":
            wanted = (plans.AnyOf(wanted),)
        case "not":
            excluded = (plans.TermIs(asked.words[-1], _FIELDS),)
        case "phrase":
            wanted = (plans.PhraseIs(tuple((i, (w,)) for i, w in enumerate(kept)), _FIELDS),)
        case "prefix":
            wanted = (plans.PrefixIs(kept[0], _FIELDS),)
    scored = () if asked.kind in ("prefix", "newest") else kept
    return Plan(
        readings=(plans.Reading(wanted, (), 0),),
        excluded=excluded,
        scored=tuple(plans.ScoredTerm(word, 1.0, _FIELDS) for word in scored),
        sort="newest" if asked.kind == "newest" else "relevance",
        limit=HITS,
        counted=FACETS if facets else (),
    )
