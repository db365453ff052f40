"""How many of the documents that may be seen hold a term.

What is hidden has no part in it: who knows the formula of the ranking could count hidden documents
with a word by the scores of public ones, and a draft would move the order that readers see.
"""

from collections.abc import Sequence

import numpy as np

from index.cache import ByteCache
from search.docsets import Mask
from search.term_scores import Key, Scorer

_BYTES = 2 << 20
_TERM_BYTES = 300


class Frequencies:
    """Document frequencies in one state of visibility. Immutable but for its cache."""

    def __init__(self, scorer: Scorer, visible: Mask) -> None:
        self._scorer = scorer
        self._visible = visible
        self.documents = int(np.count_nonzero(visible))
        self._known: ByteCache[Key, int] = ByteCache(_BYTES)

    def of(self, text: str, fields: Sequence[str], suffix: str = "") -> int:
        """That of a term in some fields of a kind."""
        key = (text, suffix, tuple(fields))
        return self._known.get(key, lambda: (self._scorer.count(key, self._visible), _TERM_BYTES))
