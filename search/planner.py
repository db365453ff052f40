"""From the tree of a query to the parts of a plan: readings, exclusions, scored terms."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from zoneinfo import ZoneInfo

from index.analysis import Analyser
from index.fields import TEXT_FIELDS
from index.normalise import normalise
from index.units import PUNCTUATION, Unit
from search import plan, query_tree
from search.engine import Statistics
from search.facets import asked_key
from search.plan import Clause, Reading, ScoredTerm, WeightedUnit
from search.query import parse
from search.ranking import RUN_WEIGHT, SIDE_WEIGHT, idf
from search.synonyms import LITERAL, Alternative, Expansion
from search.unit_clauses import Source, marked_clauses, own_clauses

# The share of its weight that a document must meet where not all of a query is asked for: the
# first one by which anything is found. 0.3 was measured on three retrieval sets (share of relevant
# documents kept, length of the list); the smaller ones save long questions from an empty page. Of
# two or three words a common one alone is no answer.
LONG_QUERY_UNITS = 4
SHORT_QUERY_CUTS = (0.4, 0.3)
LONG_QUERY_CUTS = (0.3, 0.2, 0.1)
# A query of more units (a paragraph pasted into the box) is matched by its most telling ones: the
# sets of all of them take longer than a search may, and the rest would hardly decide.
_MOST_UNITS = 32
# That of what fills up a first page, that of a long query too (see docs/decisions.md).
ALSO_CUT = 0.2
# Weights are idf in thousandths: integers, so that every engine finds the same set.
_WEIGHT_SCALE = 1000
_SPACE = re.compile(r"\s")

_NOTHING = plan.AnyOf(())

Frequencies = Callable[[Iterable[str], int | None], Statistics]


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What a query string says about documents, before filters and paging.

    ``readings`` ask for everything; ``cut`` loosens them.
    """

    readings: tuple[Reading, ...]
    excluded: tuple[Clause, ...]
    scored: tuple[ScoredTerm, ...]
    marked: tuple[Clause, ...]

    @property
    def units(self) -> int:
        """How many units of free text the query has as it was typed."""
        return len(self.readings[0].units) if self.readings else 0

    def cut(self, share: float) -> "QueryPlan":
        """The plan where ``share`` of the weight of the units is enough."""
        return replace(
            self,
            readings=tuple(
                replace(r, threshold=math.ceil(sum(u.weight for u in r.units) * share))
                for r in self.readings
            ),
        )


class Planner:
    """Plans queries for one snapshot."""

    def __init__(
        self,
        analyser: Analyser,
        zone: ZoneInfo,
        frequencies: Frequencies,
        expansion: Expansion = LITERAL,
    ) -> None:
        """``frequencies`` gives document frequencies at an instant; ``zone`` is that of dates in a
        query; ``expansion`` knows the synonyms of units."""
        self._analyser = analyser
        self._zone = zone
        self._frequencies = frequencies
        self._expansion = expansion

    def plan(self, text: str, visible_at: int | None) -> QueryPlan:
        """The plan of a cleaned query string for what is visible at an instant."""
        tree = parse(text)
        builders = [self._build(tree, text, visible_at, respace=False)]
        words = (node.text for node in tree.nodes if isinstance(node, query_tree.Words))
        if any(self._analyser.respaced(own) != own for own in words):
            respaced = self._build(tree, text, visible_at, respace=True)
            if respaced.units != builders[0].units:
                builders.append(respaced)
        return QueryPlan(
            tuple(b.reading() for b in builders if b.asks()),
            builders[0].excluded_clauses(),
            _summed(term for b in builders for term in b.scored),
            tuple(dict.fromkeys(clause for b in builders for clause in b.marked)),
        )

    def _build(
        self, tree: query_tree.AllOf, text: str, visible_at: int | None, *, respace: bool
    ) -> "_Builder":
        builder = _Builder(self._analyser, self._zone, self._expansion, respace=respace)
        for node in tree.nodes:
            builder.add(node, text[node.start : node.end])
        builder.weigh(self._frequencies, visible_at)
        return builder


class _Builder:
    """Collects one reading of a query."""

    def __init__(
        self, analyser: Analyser, zone: ZoneInfo, expansion: Expansion, *, respace: bool
    ) -> None:
        self._analyser = analyser
        self._zone = zone
        self._expansion = expansion
        self._respace = respace
        self.units: list[WeightedUnit] = []
        self.scored: list[ScoredTerm] = []
        self.marked: list[Clause] = []
        self._terms: list[tuple[tuple[str, ...], ...]] = []
        self._required: list[Clause] = []
        self._excluded: list[Clause] = []
        self._unknown = 0
        self._silent = False
        self._literal = False

    def add(self, node: query_tree.Node, source: str) -> None:
        """Take in one part of the top level, written as ``source``."""
        if isinstance(node, query_tree.Not):
            self._excluded += _present(self._unscored(node.node))
            return
        if isinstance(node, query_tree.Words):
            self._add_words(node)
        else:
            self._required += _present(self._clause(node, TEXT_FIELDS))
        self._silent |= _says_something(source)

    def weigh(self, frequencies: Frequencies, visible_at: int | None) -> None:
        """Give every unit its weight, by the document frequency of its commonest alternative; of
        one of several terms no more is known than how rare its rarest is."""
        terms = {t for unit in self._terms for own in unit for t in own}
        known = frequencies(terms, visible_at)
        for i, alternatives in enumerate(self._terms):
            most = max(min(known.frequencies.get(t, 0) for t in own) for own in alternatives)
            weight = round(_WEIGHT_SCALE * idf(most, known.documents))
            unit = self.units[i]
            self.units[i] = WeightedUnit(unit.clause, max(weight, 1), unit.text)
        self._unknown = round(_WEIGHT_SCALE * idf(0, known.documents))

    def asks(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.units or self._required or self._silent)

    def reading(self) -> Reading:
        """The reading that asks for everything."""
        units = _most_telling(self.units, self._unknown)
        required = tuple(self._required)
        if not units and not required:
            # Words were given, but none that an index holds (우리): nothing can answer them.
            required = (_NOTHING,)
        return Reading(required, units, sum(u.weight for u in units))

    def excluded_clauses(self) -> tuple[Clause, ...]:
        """What must not be met."""
        return tuple(self._excluded)

    def _add_words(self, node: query_tree.Words) -> None:
        text = self._analyser.respaced(node.text) if self._respace else node.text
        found = self._analyser.query(text)
        synonyms = self._expansion.of(text, found.units)
        for unit, others in zip(found.units, synonyms, strict=True):
            clause = _unit_clause(unit, others, TEXT_FIELDS)
            self.units.append(WeightedUnit(clause, 0, text[unit.start : unit.end]))
            own = tuple((term,) for term, _ in unit.terms)
            self._terms.append(own + tuple(o.terms for o in others if o.terms))
        self._score(found.units, found.side, TEXT_FIELDS, synonyms, Source(node.text, text))

    def _unscored(self, node: query_tree.Node) -> Clause | None:
        """A clause for what must not be met: it neither scores nor is marked, and synonyms of it
        may be met."""
        scored, marked, literal = list(self.scored), list(self.marked), self._literal
        self._literal = True
        clause = self._clause(node, TEXT_FIELDS)
        self.scored, self.marked, self._literal = scored, marked, literal
        return clause

    def _clause(self, node: query_tree.Node, fields: tuple[str, ...]) -> Clause | None:
        match node:
            case query_tree.Words():
                return self._words(node.text, fields)
            case query_tree.Quoted():
                return self._phrase(node.text, fields)
            case query_tree.Prefix():
                return self._mark(plan.PrefixIs(normalise(node.text).text.lower(), fields))
            case query_tree.FacetIs():
                return plan.FacetHas(node.facet, asked_key(node.value))
            case query_tree.Dated():
                return plan.DateWithin(*node.range.instants(self._zone))
            case query_tree.InField():
                return self._clause(node.node, (node.field,))
            case query_tree.Not():
                excluded = _present(self._unscored(node.node))
                return plan.AllOf((), excluded) if excluded else None
            case query_tree.AnyOf():
                found = [c for n in node.nodes for c in _present(self._clause(n, fields))]
                return plan.AnyOf(tuple(found)) if found else None
            case query_tree.AllOf():
                return self._all(node, fields)

    def _all(self, node: query_tree.AllOf, fields: tuple[str, ...]) -> Clause | None:
        wanted = [n for n in node.nodes if not isinstance(n, query_tree.Not)]
        found = tuple(c for n in wanted for c in _present(self._clause(n, fields)))
        refused = [n.node for n in node.nodes if isinstance(n, query_tree.Not)]
        excluded = tuple(c for n in refused for c in _present(self._unscored(n)))
        return plan.AllOf(found, excluded) if found or excluded else None

    def _words(self, text: str, fields: tuple[str, ...]) -> Clause | None:
        found = self._analyser.query(text)
        expansion = LITERAL if self._literal else self._expansion
        synonyms = expansion.of(text, found.units)
        self._score(found.units, found.side, fields, synonyms, Source(text, text))
        pairs = zip(found.units, synonyms, strict=True)
        clauses = tuple(_unit_clause(unit, others, fields) for unit, others in pairs)
        if len(clauses) == 1:
            return clauses[0]
        return plan.AllOf(clauses) if clauses else None

    def _phrase(self, text: str, fields: tuple[str, ...]) -> Clause | None:
        found = self._analyser.query(text, exact=True).units
        if not found:
            return None
        self._score(found, (), fields)
        first = found[0].position
        slots = tuple((u.position - first, tuple(t for t, _ in u.terms)) for u in found)
        clause: Clause = self._mark(plan.PhraseIs(slots, fields))
        folded = normalise(text).text.strip().strip(PUNCTUATION).lower()
        # One syllable is in too many words: "금" does not ask for 금융.
        if len(folded) > 1 and not _SPACE.search(folded):
            rescue = self._mark(plan.RunContains(folded, fields))
            clause = plan.AnyOf((clause, rescue))
        return clause

    def _score(
        self,
        units: Sequence[Unit],
        side: Sequence[str],
        fields: tuple[str, ...],
        synonyms: Sequence[tuple[Alternative, ...]] = (),
        source: Source | None = None,
    ) -> None:
        """Score units; mark them too where they come with their synonyms, as those of a phrase
        do not."""
        runs = dict.fromkeys(text for unit in units for text in unit.rescues)
        self.scored += [ScoredTerm(text, RUN_WEIGHT, fields, run=True) for text in runs]
        for i, unit in enumerate(units):
            others = synonyms[i] if synonyms else ()
            substitutes = tuple(other.substitute for other in others)
            for term, weight in unit.terms:
                self.scored.append(ScoredTerm(term, weight, fields, substitutes=substitutes))
                # Those of its first term: hanja readings beside it are alternatives themselves.
                substitutes = ()
            self.marked += (clause for other in others for clause in other.marks(fields))
        if source is not None:
            self.marked += chain(*marked_clauses(units, fields, source))
        self.scored += [ScoredTerm(text, SIDE_WEIGHT, fields, side=True) for text in side]

    def _mark(self, clause: Clause) -> Clause:
        self.marked.append(clause)
        return clause


def _unit_clause(unit: Unit, others: tuple[Alternative, ...], fields: tuple[str, ...]) -> Clause:
    synonyms = (clause for other in others for clause in other.clauses(fields))
    clauses = (*own_clauses(unit, fields), *synonyms)
    return clauses[0] if len(clauses) == 1 else plan.AnyOf(clauses)


def _most_telling(units: Sequence[WeightedUnit], unknown: int) -> tuple[WeightedUnit, ...]:
    """Those of most weight, in the order of the query; words that no document has (``unknown``
    is their weight) only where there are too few others."""
    order = sorted(range(len(units)), key=lambda i: (units[i].weight == unknown, -units[i].weight))
    return tuple(units[i] for i in sorted(order[:_MOST_UNITS]))


def _says_something(source: str) -> bool:
    """Whether a part of a query is more than punctuation."""
    return any(unicodedata.category(c)[0] not in "PZC" for c in source)


def _present(clause: Clause | None) -> tuple[Clause, ...]:
    return () if clause is None else (clause,)


def _summed(scored: Iterable[ScoredTerm]) -> tuple[ScoredTerm, ...]:
    """Add the weights of equal terms: both readings of a query count."""
    found: dict[tuple[object, ...], ScoredTerm] = {}
    for term in scored:
        key = (term.text, term.fields, term.side, term.run, term.substitutes)
        known = found.get(key)
        found[key] = replace(term, weight=known.weight + term.weight) if known else term
    return tuple(found.values())
