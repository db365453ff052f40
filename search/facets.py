"""The facet values of an answer: cut to size, the chosen ones always among them."""

import unicodedata
from collections.abc import Iterable, Sequence

from index.fields import DATE_FACETS, facet_key
from index.hangul import initials
from search.engine import FacetCount
from search.request import DateValue, FacetValue


def asked_key(value: str) -> str:
    """The key of a facet value as a request or a query spells it: NFC, single spaces, no case."""
    return facet_key(" ".join(unicodedata.normalize("NFC", value).split()))


def facet_values(
    facet: str,
    counts: Sequence[FacetCount],
    chosen: Iterable[str],
    *,
    size: int,
    beginning: str = "",
) -> tuple[DateValue, ...]:
    """The values of one facet as shown.

    ``counts`` come by count, then value; ``chosen`` as the request spelled them; ``beginning``
    keeps values with a word that begins so, or whose 초성 do, and the chosen ones. Years and
    months are all shown, newest first.
    """
    if facet in DATE_FACETS:
        dates = (DateValue(c.value, c.count) for c in counts)
        return tuple(sorted(dates, key=lambda row: row.value, reverse=True))
    asked = {key: value for value in chosen if (key := asked_key(value))}
    rows = [FacetValue(c.value, c.count, c.key in asked) for c in counts]
    known = {c.key for c in counts}
    rows += [FacetValue(value, 0, True) for key, value in asked.items() if key not in known]
    if beginning:
        rows = [row for row in rows if row.selected or _begins(row.value, beginning)]
    return tuple(row for i, row in enumerate(rows) if i < size or row.selected)


def _begins(value: str, beginning: str) -> bool:
    wanted = asked_key(beginning)
    words = facet_key(value).split()
    starts = [" ".join(words[i:]) for i in range(len(words))]
    return any(s.startswith(wanted) or initials(s).startswith(wanted) for s in starts)
