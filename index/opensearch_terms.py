"""Terms and their positions as text, for an analyser of built-in parts.

`美|미|미국 연준 _ 금리`: terms that share a position are joined by `|`, a position without one is
`_`. The analyser splits at blanks and bars and drops the `_`, which leaves their places empty.
"""

import re
from collections.abc import Sequence
from typing import Any

from index.analysed import FieldTerms

_ALTERNATIVES, _GAP = "|", "_"
# What the notation itself is made of, and what splits words.
_SPECIAL = re.compile(r"[\s\\|_]")
# A longer term would be cut in two; Lucene takes 32,766 bytes.
LONGEST_TERM = 8191

ANALYSIS: dict[str, Any] = {
    "tokenizer": {"blanks": {"type": "whitespace", "max_token_length": 1 << 20}},
    "filter": {
        "alternatives": {
            "type": "pattern_capture",
            "preserve_original": False,
            "patterns": [r"([^|]+)"],
        },
        "gaps": {"type": "stop", "stopwords": [_GAP]},
        "shorter": {"type": "length", "max": LONGEST_TERM},
    },
    "analyzer": {
        "terms": {
            "type": "custom",
            "tokenizer": "blanks",
            "filter": ["alternatives", "gaps", "shorter"],
        },
        "bigrams": {"type": "custom", "tokenizer": "blanks", "filter": ["shorter"]},
    },
}


def serialised(positions: Sequence[Sequence[str]]) -> str:
    """The terms of each position from the first on, as text for the analyser ``terms``."""
    return " ".join(_ALTERNATIVES.join(map(escaped, own)) if own else _GAP for own in positions)


def escaped(term: str) -> str:
    """A term in that notation, and as the cluster knows it."""
    return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):x};", term)


def morphemes(own: FieldTerms) -> str:
    """The morphemes of a field, as text for the analyser ``terms``."""
    by_position: dict[int, list[str]] = {}
    first = 0
    for term, frequency in zip(own.terms, own.frequencies, strict=True):
        for position in own.positions[first : first + frequency]:
            by_position.setdefault(position, []).append(term)
        first += frequency
    return serialised([by_position.get(i, ()) for i in range(max(by_position, default=-1) + 1)])


def bigrams(own: FieldTerms) -> str:
    """The side bigrams of a field, as text for the analyser ``bigrams``."""
    pairs = zip(own.side, own.side_frequencies, strict=True)
    return " ".join(escaped(one) for one, frequency in pairs for _ in range(frequency))
