"""Postings of terms, unpacked: a query needs them to match, for its phrases and to score."""

import numpy as np

from index.array_file import Array
from search.cache import ByteCache, CacheState
from search.docsets import Numbers
from search.global_postings import GlobalPostings

_BYTES = 16 << 20


class TermLists:
    """Document numbers of terms and where their occurrences begin, those of the last queries."""

    def __init__(self, postings: GlobalPostings) -> None:
        self._postings = postings
        self.cache: ByteCache[tuple[str, str, str], Numbers] = ByteCache(_BYTES)

    def documents(self, field: str, text: str) -> Numbers:
        """The documents of a term, ascending."""

        def made() -> tuple[Numbers, int]:
            numbers = self._postings.term(field, text)
            return numbers, numbers.nbytes + 200

        return self.cache.get((field, text, "documents"), made)

    def starts(self, field: str, text: str) -> Numbers:
        """Where the occurrences in each of its documents begin, and where the last ones end."""

        def made() -> tuple[Numbers, int]:
            frequencies = self._postings.frequencies(field, text)
            starts = np.zeros(len(frequencies) + 1, np.int64)
            np.cumsum(frequencies, out=starts[1:])
            return starts, starts.nbytes + 200

        return self.cache.get((field, text, "starts"), made)

    def frequencies(self, field: str, text: str) -> Numbers:
        """How often a term stands in each of its documents."""
        return self._postings.frequencies(field, text)

    def occurrences(self, field: str, text: str) -> Array:
        """Where it stands, document by document."""
        return self._postings.occurrences(field, text)

    def state(self) -> CacheState:
        """The figures of the cache."""
        return self.cache.state()
