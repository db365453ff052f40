"""What may help on where a part of a query was read otherwise than it may have been meant."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice, pairwise

from search.budget import CORRECTIONS, affordable
from search.engine import FacetCounts, Snapshot
from search.facets import asked_key
from search.plan import Plan
from search.query import FIELDS, KOREAN_FIELDS, Misread, misread, parse
from search.query_tree import AllOf, FacetIs, Node, Not, Words
from search.request import Hint

_MOST_VALUES = 3
# A name has so many words behind its first one, at most.
_MORE_WORDS = 3
_QUOTES = ('"', "“", "”")
_NOTHING = AllOf((), 0, 0)
# From this likeness on (difflib) a field was misspelt: tags, auther, titel.
_ALIKE = 0.7
_OTHER_NAMES = {
    **KOREAN_FIELDS,
    "writer": "author",
    "reporter": "author",
    "byline": "author",
    "section": "category",
    "keyword": "tag",
    "text": "body",
    "year": "date",
    "month": "date",
}
# Dates that are written otherwise, and ranges: 2025년 7월, 20250717, 2025-01~2025-03.
_DATES = (
    (re.compile(r"~|–|—"), ".."),
    (re.compile(r"(\d)[년월](?=\d)"), r"\1-"),
    (re.compile(r"(\d)[년월일]"), r"\1"),
    (re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)?(?!\d)"), r"\1-\2-\3"),
    (re.compile(r"-(?=\.|$)"), ""),
)


def hints(text: str, snapshot: Snapshot, visible_at: int | None) -> tuple[Hint, ...]:
    """The hints for a cleaned query; of values only those of what is visible at an instant."""
    found = [Hint(part.kind, part.text, _meant(part, text)) for part in misread(text)]
    return (*found, *_values(text, snapshot, visible_at))


def _meant(part: Misread, text: str) -> str | None:
    """The query with a part as it may have been meant; None where that is misread as well."""
    name, colon, rest = part.text.partition(":")
    if part.kind == "date":
        for pattern, replacement in _DATES:
            rest = pattern.sub(replacement, rest)
    else:
        known = _known_field(name.lower())
        if known is None:
            return None
        name = known
    other = text[: part.start] + name + colon + rest + text[part.end :]
    if any(again.start == part.start for again in misread(other)):
        return None
    return other


def _known_field(name: str) -> str | None:
    alike = get_close_matches(name, FIELDS, 1, _ALIKE)
    return _OTHER_NAMES.get(name) or (alike[0] if alike else None)


def _values(text: str, snapshot: Snapshot, visible_at: int | None) -> Iterator[Hint]:
    """Values of a facet that begin as a query says, where that is none itself; so does a name of
    several words without quotation marks, of which the query has the first one as its value."""
    nodes = parse(text).nodes
    named = ((n.node if isinstance(n, Not) else n, b) for n, b in pairwise((*nodes, _NOTHING)))
    facets = ((node, behind) for node, behind in named if isinstance(node, FacetIs))
    for facet, behind in islice(facets, _MOST_VALUES):
        if affordable(CORRECTIONS):
            found = _longer(facet, behind, text, _counts(facet.facet, snapshot, visible_at))
            if found is not None:
                value, end = found
                before = text[: facet.start]
                instead = f"{before}{facet.facet}:{_quoted(value)}{text[end:]}"
                yield Hint("value", text[facet.start : end], instead)


def _counts(facet: str, snapshot: Snapshot, visible_at: int | None) -> FacetCounts:
    plan = Plan((), visible_at=visible_at, limit=0, counted=(facet,))
    return snapshot.search(plan).facets[facet]


def _longer(facet: FacetIs, behind: Node, text: str, counts: FacetCounts) -> tuple[str, int] | None:
    """The value that is longest as it is typed, and where it ends in the query."""
    ends = [facet.end]
    if isinstance(behind, Words) and not text[facet.start : behind.start].rstrip().endswith(
        _QUOTES
    ):
        words = list(re.finditer(r"\S+", behind.text))[:_MORE_WORDS]
        ends += [behind.start + word.end() for word in words]
    if counts.of(asked_key(facet.value)) is not None:
        # It may be meant as it stands, unless what is behind it says otherwise.
        ends[0] = -1
    start = facet.end
    for end in reversed(ends):
        if end >= 0:
            value = _beginning(asked_key(facet.value + text[start:end]), counts)
            if value is not None:
                return value, end
    return None


def _beginning(key: str, counts: FacetCounts) -> str | None:
    """The value with this key, else the most frequent one that begins with it."""
    if not key:
        return None
    exact = counts.of(key)
    if exact is not None:
        return exact.value
    rows = counts.rows(0, len(counts))
    return next((row.value for row in rows if row.key.startswith(key)), None)


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"[\s()]", value) else value
