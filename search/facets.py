"""The facet values of an answer: cut to size, the chosen ones always among them."""

import unicodedata
from collections.abc import Iterable

from index.fields import DATE_FACETS, facet_key
from index.hangul import initials
from search.engine import FacetCount, FacetCounts
from search.request import FacetValue


def asked_key(value: str) -> str:
    """The key of a facet value as a request or a query spells it: NFC, single spaces, no case."""
    return facet_key(" ".join(unicodedata.normalize("NFC", value).split()))


def facet_values(
    facet: str,
    counts: FacetCounts,
    chosen: Iterable[str],
    *,
    size: int,
    beginning: str = "",
) -> tuple[FacetValue, ...]:
    """The values of one facet as shown.

    ``chosen`` are as the request spelled them and always come along; ``beginning`` keeps values
    with a word that begins so, or whose 초성 do. Years and months are all shown, newest first.
    """
    asked = {facet_key(value): value for value in chosen}
    if facet in DATE_FACETS:
        rows = [FacetValue(c.value, c.count, c.key in asked) for c in counts.rows(0, len(counts))]
        return tuple(sorted(rows, key=lambda row: row.value, reverse=True))
    if beginning:
        found = [c for c in counts.rows(0, len(counts)) if _begins(c.value, beginning)]
    else:
        found = list(counts.rows(0, size))
    shown = found[:size]
    seen = {c.key for c in shown}
    for key, value in asked.items():
        if key not in seen and (not beginning or _begins(value, beginning)):
            shown.append(counts.of(key) or FacetCount(key, value, 0))
    return tuple(FacetValue(c.value, c.count, c.key in asked) for c in shown)


def _begins(value: str, beginning: str) -> bool:
    wanted = asked_key(beginning)
    words = facet_key(value).split()
    starts = [" ".join(words[i:]) for i in range(len(words))]
    return any(s.startswith(wanted) or initials(s).startswith(wanted) for s in starts)
