"""Queries drawn from the documents: of common words, of any words, of rare ones."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from benchmarks.asked import Asked, Kind
from benchmarks.tokens import BREAK, words

SETS = ("common", "random", "rare")

# Of the drafts that are looked at, a common word is among so many most frequent ones, and a rare
# one in no more than this share.
_COMMON = 150
_RARE = 0.002


class Draw:
    """Draws queries from the tokens of some documents; the same seed gives the same ones."""

    def __init__(self, documents: Sequence[Sequence[str]], extras: set[str], seed: int = 7) -> None:
        self._rng = random.Random(seed)  # noqa: S311
        self._documents = documents
        self._extras = extras
        held = Counter(word for tokens in documents for word in set(words(tokens)))
        self._common = {word for word, _ in held.most_common(_COMMON)}
        most = max(1, int(len(documents) * _RARE))
        self._rare = {word for word, count in held.items() if count <= most}

    def queries(self, kind: Kind, chosen: str, count: int) -> list[Asked]:
        """``count`` different queries of a kind from a set of words."""
        accept: Callable[[str], bool] = {
            "common": self._common.__contains__,
            "rare": self._rare.__contains__,
        }.get(chosen, lambda word: True)
        found: dict[Asked, None] = {}
        for _ in range(count * 300):
            asked = self._one(kind, accept, single=chosen == "random")
            if asked is not None:
                found[asked] = None
            if len(found) == count:
                break
        return list(found)

    def _one(self, kind: Kind, accept: Callable[[str], bool], *, single: bool) -> Asked | None:
        rng = self._rng
        tokens = rng.choice(self._documents)
        if kind == "phrase":
            return self._phrase(tokens, accept)
        # Sorted: the order of a set differs from run to run.
        own = sorted({word for word in words(tokens) if accept(word)})
        if kind == "prefix":
            long = [word for word in own if len(word) > 2]
            return Asked(kind, (rng.choice(long)[:2],)) if long else None
        fewest = 1 if single and kind in ("and", "newest") else 2
        size = rng.randint(fewest, 3)
        return Asked(kind, tuple(rng.sample(own, size))) if len(own) >= size else None

    def _phrase(self, tokens: Sequence[str], accept: Callable[[str], bool]) -> Asked | None:
        plain = set(words(tokens)) - self._extras
        pairs = [
            pair
            for pair in pairwise(tokens)
            if BREAK not in pair and all(word in plain and accept(word) for word in pair)
        ]
        return Asked("phrase", self._rng.choice(pairs)) if pairs else None
