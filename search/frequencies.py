"""How many of the documents that may be seen hold a term.

What is hidden has no part in it: who knows the formula of the ranking could count hidden documents
with a word by the scores of public ones, and a draft would move the order that readers see.
"""

from collections.abc import Sequence

import numpy as np

from index.cache import ByteCache
from search.docsets import Mask
from search.term_scores import Key, Scorer

_TERM_BYTES = 500

# What was counted, by the instant at which it is seen.
Counted = ByteCache[tuple[int | None, Key], int]


class Frequencies:
    """Document frequencies in one state of visibility. Immutable but for what it keeps."""

    def __init__(
        self, scorer: Scorer, visible: Mask, visible_at: int | None, counted: Counted
    ) -> None:
        """``visible`` documents are those of the instant ``visible_at``; all states share what was
        ``counted``."""
        self._scorer = scorer
        self._visible = visible
        self._at = visible_at
        self.documents = int(np.count_nonzero(visible))
        self._counted = counted

    def of(self, text: str, fields: Sequence[str], suffix: str = "") -> int:
        """That of a term in some fields of a kind."""
        key = (text, suffix, tuple(fields))
        return self._counted.get(
            (self._at, key), lambda: (self._scorer.count(key, self._visible), _TERM_BYTES)
        )
