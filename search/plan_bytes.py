"""How many bytes the plan of a query takes, near enough for a cache: its parts are counted, and
what one takes was measured."""

from search.plan import AllOf, AnyOf, Clause, PhraseIs, Reading, ScoredTerm
from search.planner import QueryPlan

_PLAN = 150
# A clause or an alternative of a phrase, with its text; what is around the clause of a unit; a term
# that scores; what may stand for one.
_CLAUSE, _UNIT, _SCORED, _SUBSTITUTE = 110, 330, 100, 120


def plan_bytes(plan: QueryPlan) -> int:
    """The bytes of a plan, as if it shared nothing with others."""
    clauses = _clauses(plan.excluded) + _clauses(plan.marked)
    return (
        _PLAN
        + _CLAUSE * clauses
        + sum(map(_of_reading, plan.readings))
        + sum(map(_of_scored, plan.scored))
    )


def _of_reading(reading: Reading) -> int:
    clauses = _clauses(reading.required) + _clauses(tuple(u.clause for u in reading.units))
    return _PLAN + _CLAUSE * clauses + _UNIT * len(reading.units)


def _of_scored(term: ScoredTerm) -> int:
    return _SCORED + _SUBSTITUTE * len(term.substitutes)


def _clauses(clauses: tuple[Clause, ...]) -> int:
    """How many there are, with those inside of them."""
    return sum(map(_parts, clauses))


def _parts(clause: Clause) -> int:
    match clause:
        case AnyOf():
            return 1 + _clauses(clause.clauses)
        case AllOf():
            return 1 + _clauses(clause.clauses) + _clauses(clause.excluded)
        case PhraseIs():
            return 1 + sum(1 + len(texts) for _, texts in clause.slots)
        case _:
            return 1
