"""The facet values of an answer: cut to size, the chosen ones always among them."""

from collections.abc import Iterable, Sequence

from index.fields import DATE_FACETS, facet_key
from index.hangul import initials
from search.engine import FacetCount
from search.request import FacetValue


def facet_values(
    facet: str,
    counts: Sequence[FacetCount],
    chosen: Iterable[str],
    *,
    size: int,
    beginning: str = "",
) -> tuple[FacetValue, ...]:
    """The values of one facet as shown.

    ``counts`` come by count, then value; ``chosen`` as the request spelled them; ``beginning``
    keeps values with a word that begins so, or whose 초성 do. Years and months are all shown,
    newest first.
    """
    asked = {facet_key(value): value for value in chosen}
    rows = [FacetValue(c.value, c.count, c.key in asked) for c in counts]
    known = {c.key for c in counts}
    rows += [FacetValue(value, 0, True) for key, value in asked.items() if key not in known]
    if facet in DATE_FACETS:
        return tuple(sorted(rows, key=lambda row: row.value, reverse=True))
    if beginning:
        rows = [row for row in rows if _begins(row.value, beginning)]
    return tuple(row for i, row in enumerate(rows) if i < size or row.selected)


def _begins(value: str, beginning: str) -> bool:
    wanted = facet_key(beginning)
    words = facet_key(value).split()
    starts = [" ".join(words[i:]) for i in range(len(words))]
    return any(s.startswith(wanted) or initials(s).startswith(wanted) for s in starts)
