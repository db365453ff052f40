"""Postings of terms, unpacked: a query needs them to match, for its phrases and to score."""

import numpy as np

from index.array_file import Array
from index.fields import RUN_SUFFIX
from search.cache import ByteCache, CacheState
from search.docsets import Numbers, of_lists
from search.global_postings import GlobalPostings

_BYTES = 16 << 20
_WITHIN = "/within"
# The suffix of a field that no index has: the documents of its term are those of every noun run
# that contains it.
WITHIN_RUNS = RUN_SUFFIX + _WITHIN


class TermLists:
    """Document numbers of terms and where their occurrences begin, those of the last queries."""

    def __init__(self, postings: GlobalPostings) -> None:
        self._postings = postings
        self.cache: ByteCache[tuple[str, str, str], Numbers] = ByteCache(_BYTES)

    def documents(self, field: str, text: str) -> Numbers:
        """The documents of a term, ascending."""

        def made() -> tuple[Numbers, int]:
            numbers = self._listed(field, text)
            return numbers, numbers.nbytes + 200

        return self.cache.get((field, text, "documents"), made)

    def _listed(self, field: str, text: str) -> Numbers:
        if not field.endswith(WITHIN_RUNS):
            return self._postings.term(field, text)
        found = self._postings.containing(field.removesuffix(_WITHIN), text)
        return of_lists(self._postings.documents, found.lists).as_numbers()

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
