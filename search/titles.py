"""The order of titles, made when it is first asked for: it reads every stored title."""

import bisect
import re
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import orjson

from index.document import title_key
from index.merging import Living
from search.docsets import Numbers

# The title of a stored record. In it quotes are escaped, so that no other value looks like this.
_TITLE = re.compile(rb'"title":("(?:[^"\\]|\\.)*")')


class TitleOrder:
    """All documents by title, then by id. ``order`` by rank, ``rank`` by document."""

    def __init__(self, segments: Sequence[Living]) -> None:
        self._segments = segments
        self._bases = [0, *accumulate(living.segment.documents for living in segments)]
        keys = [self._key(number) for number in range(self._bases[-1])]
        self.order: Numbers = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
        self.rank = np.empty(len(keys), np.int32)
        self.rank[self.order] = np.arange(len(keys), dtype=np.int32)

    def after(self, title: str, document_id: str) -> int:
        """The first rank behind a place that is named by title and id."""
        place = (title_key(title), document_id)
        return bisect.bisect_right(
            range(len(self.order)), place, key=lambda rank: self._key(int(self.order[rank]))
        )

    def _key(self, number: int) -> tuple[str, str]:
        place = bisect.bisect_right(self._bases, number) - 1
        segment, own = self._segments[place].segment, number - self._bases[place]
        found = _TITLE.search(segment.records[own])
        title = orjson.loads(found[1]) if found else ""
        return title_key(title), segment.ids[own].decode()
