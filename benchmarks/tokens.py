"""The same documents for other engines: terms with spaces between, for a whitespace tokeniser.

The main field is title and body. Where our index leaves a gap between two positions, one token
that is in no query stands, so that phrases match alike; terms that share a position with another
come last, apart from each other. Letters that a tokeniser could split at are written as codes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.corpus import Draft, Sentence

# A letter to every tokeniser, and in none of the words that are asked for.
_MARK = "ξ"
BREAK = _MARK * 2
PLAIN = re.compile(r"[가-힣a-z0-9]+")
_SPLITTING = re.compile(r"[^가-힣a-z0-9]")


class Tokens:
    """Turns drafts into tokens, each sentence once. ``extras`` are in no phrase that is asked."""

    def __init__(self, source: Sequence[Sentence]) -> None:
        self._of = {id(sentence): tuple(_tokens(sentence)) for sentence in source}
        self.extras = {t.text for s in source for t in s.analysis.terms if t.extra}

    def of(self, sentence: Sentence) -> tuple[str, ...]:
        """The tokens of one sentence of the source."""
        return self._of[id(sentence)]

    def main(self, draft: Draft) -> list[str]:
        """The tokens of the main field of a draft."""
        found: list[str] = []
        for sentence in (draft.title, *draft.body):
            found += self._of[id(sentence)]
            found.append(BREAK)
        return found


def encoded(text: str) -> str:
    """A term as one token."""
    return _SPLITTING.sub(lambda m: f"{_MARK}{ord(m[0]):x}{_MARK}", text)


def words(tokens: Iterable[str]) -> list[str]:
    """Those that can be asked for: no codes, no breaks, more than a letter."""
    return [token for token in tokens if len(token) > 1 and PLAIN.fullmatch(token)]


def _tokens(sentence: Sentence) -> Iterator[str]:
    expected: int | None = None
    own = [term for term in sentence.analysis.terms if not term.extra]
    for term in sorted(own, key=lambda term: term.position):
        if expected is not None and term.position != expected:
            yield BREAK
        yield encoded(term.text)
        expected = term.position + 1
    for term in sentence.analysis.terms:
        if term.extra:
            yield BREAK
            yield encoded(term.text)
