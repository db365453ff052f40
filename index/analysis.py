"""The one Korean analyser, for documents and for queries."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from index.blocks import tokens_of
from index.cache import ByteCache, CacheState
from index.extras import split_headline_runs
from index.lexicon.particles import PARTICLES
from index.lexicon.words import Word, dictionary_words
from index.morphemes import Pieces, pieces
from index.normalise import Normalised, normalise
from index.terms import Runs, Terms, runs, side, terms
from index.units import Unit, units

if TYPE_CHECKING:
    # A run that finds nothing to analyse does without it.
    from kiwipiepy import Kiwi, Token

# Raise it with every change of what the analyser makes of a text.
ANALYSIS_VERSION = 5

# Dropped from queries: they ask, and articles answer without them (measured one by one on three
# retrieval sets). A query of nothing else keeps them.
QUESTION_WORDS = frozenset(
    (
        *("무엇", "뭐", "무슨", "어떤", "어느", "몇", "언제", "어디", "누구", "누가"),
        *("얼마", "얼마나", "왜", "어떻다", "어떻게"),
    )
)
# Nouns, verbs and adjectives, modifiers, roots: what is a word by itself.
_WORD_TAGS = ("N", "VV", "VA", "M", "XR")
# Some thousand usual queries each.
_QUERIES_BYTES = 8 << 20
_NOUNS_BYTES = 2 << 20
_SPACINGS_BYTES = 2 << 20
# Whether Kiwi doubts a word, and whether it is one, is asked just after its pieces were.
_TOKENS_BYTES = 256 << 10
# What is kept takes so many bytes, measured: for itself and its key, and for a character of both;
# for a unit of a query, a side bigram, a character in what may meet a unit; for a token of Kiwi's.
_ENTRY_BYTES, _CHARACTER_BYTES = 500, 4
_UNIT_BYTES, _SIDE_BYTES, _RESCUE_BYTES, _TOKEN_BYTES = 330, 80, 20, 200
# Encoded pictures and keys: no words, and Kiwi takes longer over each of their characters than over
# a sentence.
_ENDLESS = re.compile(r"[A-Za-z0-9+/=_-]{300,}")
_SPACE = re.compile(r"\s")
# Before what ``Kiwi.space`` may put a space: nouns, modifiers, interjections, verbs, roots,
# prefixes, symbols, Latin, hanja, numbers.
_BEGINS_WORD = re.compile("[NMI]|V[VAX]|VCN|XR|XPN|S[WLHN]")
# One word that is no dictionary form of a verb.
_NOUN_LIKE = re.compile(r"[가-힣]+(?<!다)")
_LONGEST_NOUN = 20
_NOUNS = frozenset(("NNG", "NNP"))
_READINGS = 4
# In Kiwi's logarithmic score: 가지 is 1.6 behind 가지 of 가다, 끝내기 0.05.
_NEARLY = 4.0
# Shorter ones are too often the beginning of a name that Kiwi does not know.
_LEAST_NAME = 3
# But of nouns: 회의, 주의.
_GENITIVE = "의"
_TWO_SYLLABLES = re.compile(r"[가-힣]{2}")


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a text gives to the three fields: morphemes, side bigrams, noun runs."""

    terms: Terms
    side: tuple[str, ...]
    runs: Runs


@dataclass(frozen=True, slots=True)
class QueryAnalysis:
    """The units of a query in order, and its side bigrams."""

    units: tuple[Unit, ...]
    side: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tokenised:
    """A text as Kiwi took it apart."""

    folded: Normalised
    tokens: "Sequence[Token]"


class Analyser:
    """Kiwi and what we make of its morphemes; one per process, loaded when first needed.

    A process that forks after loading may analyse single texts in its children, never lists:
    Kiwi's threads do not survive a fork and the call would hang. ``stamp`` names everything that
    an analysis depends on.
    """

    def __init__(self, user_dictionary: Path | None = None) -> None:
        """``user_dictionary``: a file of words in the form of ``lexicon/words.tsv``.

        Raises DictionaryError where it cannot be used.
        """
        self._words = dictionary_words(user_dictionary)
        self._kiwi: Kiwi | None = None
        self._lock = Lock()
        self.stamp = _stamp(self._words)
        self.forget()

    def forget(self) -> None:
        """Let go of what is kept of queries."""
        self._queries: ByteCache[tuple[str, bool], QueryAnalysis] = ByteCache(_QUERIES_BYTES)
        self._nouns: ByteCache[str, bool] = ByteCache(_NOUNS_BYTES)
        self._spacings: ByteCache[str, str] = ByteCache(_SPACINGS_BYTES)
        self._tokenised: ByteCache[str, Sequence[Token]] = ByteCache(_TOKENS_BYTES)

    def caches(self) -> dict[str, CacheState]:
        """The figures of what is kept of queries, by name."""
        return {
            "analyses": self._queries.state(),
            "nouns": self._nouns.state(),
            "spacings": self._spacings.state(),
            "tokens": self._tokenised.state(),
        }

    def warm_up(self) -> None:
        """Load Kiwi and its model (about 3 seconds), so that the first request need not."""
        self._loaded().tokenize("준비")

    def analyse(self, text: str) -> Analysis:
        """The terms, side bigrams and noun runs of one text of a document."""
        return self.analysis(self.tokenise(text))

    def tokenise(self, text: str) -> Tokenised:
        """Kiwi's part of ``analyse``."""
        folded = _readable(text)
        return Tokenised(folded, tokens_of(folded.text, self._loaded().tokenize))

    def analysis(self, tokenised: Tokenised) -> Analysis:
        """The rest of ``analyse``."""
        folded = tokenised.folded
        found = self._pieces(tokenised.tokens, folded.text)
        placed = runs(found)
        placed = Runs(placed.texts, *folded.originals(placed.starts, placed.ends))
        return Analysis(terms(found, folded), tuple(side(found)), placed)

    def analyse_many(self, texts: Sequence[str]) -> Iterator[Analysis]:
        """The same for many texts at once. Not in a forked process."""
        folded = [_readable(text) for text in texts]
        found: Iterable[list[Token]] = self._loaded().tokenize([f.text for f in folded])
        for one, tokens in zip(folded, found, strict=True):
            yield self.analysis(Tokenised(one, tokens))

    def query(self, text: str, *, exact: bool = False) -> QueryAnalysis:
        """The units and side bigrams of a query or a part of one; kept.

        ``exact`` keeps question words, as phrases do.
        """
        return self._queries.get((text, exact), lambda: self._query(text, exact=exact))

    def _query(self, text: str, *, exact: bool) -> tuple[QueryAnalysis, int]:
        folded = normalise(text)
        found = self._asked(folded.text)
        asked = found
        if not exact and not QUESTION_WORDS.isdisjoint(found.texts):
            asked = Pieces(p for p in found if p.text not in QUESTION_WORDS) or found
        found_units, bigrams = tuple(units(asked, folded)), tuple(side(asked))
        parts = _UNIT_BYTES * len(found_units) + _SIDE_BYTES * len(bigrams)
        size = _of_text(text) + _RESCUE_BYTES * len(text) + parts
        return QueryAnalysis(found_units, bigrams), size

    def _asked(self, text: str) -> Pieces:
        """The pieces of a query: of one word alone rather a noun, and of an auxiliary verb alone
        the verb (있다), as nobody asks for nothing."""
        tokens = self._noun(text) or self._tokens(text)
        return self._pieces(tokens, text) or pieces(tokens, text, auxiliaries=True)

    def _noun(self, text: str) -> "Sequence[Token] | None":
        """The reading of one word as one noun, where Kiwi by itself reads it as a form of a verb
        (가지 of 가다, 끝내기 of 끝내다) and holds the noun for nearly as likely."""
        if len(text) > _LONGEST_NOUN or not _NOUN_LIKE.fullmatch(text):
            return None
        # One reading costs a fifth of several.
        first = self._tokens(text)[:1]
        if not first or not first[0].tag.startswith("V"):
            return None
        readings: list[tuple[list[Token], float]]
        readings = self._loaded().analyze(text, top_n=_READINGS)
        (best, likely), *others = readings
        if not best or not best[0].tag.startswith("V"):
            return None
        for tokens, score in others:
            if len(tokens) == 1 and tokens[0].tag in _NOUNS and score > likely - _NEARLY:
                return tokens
        return None

    def respaced(self, text: str) -> str:
        """``text`` with the spaces where Kiwi would put them; kept."""
        return self._spacings.get(text, lambda: (self._respaced(text), _of_text(text)))

    def _respaced(self, text: str) -> str:
        folded = normalise(text).text
        if self._stays_one(folded):
            return folded
        return _without_loose_numbers(
            str(self._loaded().space(folded, reset_whitespace=True)), folded
        )

    def _stays_one(self, text: str) -> bool:
        """Whether a word is one by the tokens that are there already. Kiwi would nearly always
        say so too: where it looks for spaces it goes without its model of unknown words, and cuts
        up a rare name (커큐민)."""
        if _SPACE.search(text):
            return False
        tokens = self._tokens(text)
        known = all(not t.oov and " " not in t.form for t in tokens)
        return known and not any(_BEGINS_WORD.match(t.tag) for t in tokens[1:])

    def _tokens(self, text: str) -> "Sequence[Token]":
        """The tokens of a query; kept."""

        def made() -> "tuple[Sequence[Token], int]":
            tokens: list[Token] = self._loaded().tokenize(text)
            return tokens, _TOKEN_BYTES * len(tokens) + _of_text(text)

        return self._tokenised.get(text, made)

    def doubts(self, word: str) -> bool:
        """Whether a word is put together from what the dictionary does not have: an unknown
        morpheme, or a noun of one syllable beside another word (헌법+채+판+소)."""
        tokens = self._tokens(normalise(word).text)
        words = [t for t in tokens if t.tag.startswith(_WORD_TAGS)]
        crumbs = len(words) > 1 and any(t.len == 1 and t.tag.startswith("N") for t in words)
        return crumbs or any(t.oov for t in tokens)

    def likelihood(self, text: str) -> float:
        """How likely the language model takes a text to be: a logarithm."""
        ((_, score),) = self._loaded().analyze(normalise(text).text, top_n=1)
        return float(score)

    def _pieces(self, tokens: "Sequence[Token]", text: str) -> Pieces:
        found = split_headline_runs(pieces(tokens, text))
        if True in found.unknowns:
            words = enumerate(zip(found.unknowns, found.texts, strict=True))
            new = {i: text for i, (unknown, text) in words if unknown and len(text) > _LEAST_NAME}
            found.shorten({i: self._without_particle(text) for i, text in new.items()})
        return found

    def _without_particle(self, noun: str) -> str:
        """A noun that Kiwi takes for a new one, without the particle where it is one that Kiwi
        knows with a particle behind it (엔비디아가). 의 is part of no name (리비안의)."""
        for particle in PARTICLES:
            name = noun.removesuffix(particle)
            if name == noun or len(name) < _LEAST_NAME:
                continue
            new = particle == _GENITIVE and not self.is_noun(noun[-2:])
            if new or self.is_noun(name):
                return name
        return noun

    def is_noun(self, word: str) -> bool:
        """Whether Kiwi knows a word as one noun; kept."""
        return self._nouns.get(word, lambda: (self._is_noun(word), _of_text(word)))

    def _is_noun(self, word: str) -> bool:
        found = self._loaded().tokenize(word)
        return len(found) == 1 and found[0].tag in _NOUNS and not found[0].oov

    def _loaded(self) -> "Kiwi":
        with self._lock:
            if self._kiwi is None:
                from kiwipiepy import Kiwi

                kiwi = Kiwi(num_workers=1)
                for word, tag, score in self._words:
                    kiwi.add_user_word(word, tag, score)
                self._kiwi = kiwi
            return self._kiwi


_ANALYSERS: dict[tuple[Word, ...], Analyser] = {}


def analyser_for(user_dictionary: Path | None = None) -> Analyser:
    """The analyser of this process for the words of a user dictionary as it is now, wherever it
    lies. Raises DictionaryError."""
    words = dictionary_words(user_dictionary)
    if words not in _ANALYSERS:
        _ANALYSERS.setdefault(words, Analyser(user_dictionary))
    return _ANALYSERS[words]


def _readable(text: str) -> Normalised:
    """Normalised, with blanks in place of what nobody reads."""
    folded = normalise(text)
    if not _ENDLESS.search(folded.text):
        return folded
    return replace(folded, text=_ENDLESS.sub(lambda m: " " * len(m[0]), folded.text))


def _of_text(text: str) -> int:
    """The bytes of what is kept of a text, but for its parts."""
    return _ENTRY_BYTES + _CHARACTER_BYTES * len(text)


def _without_loose_numbers(spaced: str, original: str) -> str:
    """Take back the spaces that were put between two characters of which one is no Hangul
    syllable: 3 분기 asks for less than 3분기."""
    spaces = {m.start() - i for i, m in enumerate(re.finditer(" ", " ".join(original.split())))}
    words = spaced.split()
    out, place = words[:1], len(words[0]) if words else 0
    for word in words[1:]:
        across = out[-1][-1] + word[0]
        out.append(word if place in spaces or _TWO_SYLLABLES.fullmatch(across) else "\0" + word)
        place += len(word)
    return " ".join(out).replace(" \0", "")


def _stamp(words: Sequence[Word]) -> str:
    lexicon = blake2b(repr(words).encode(), digest_size=6)
    for file in sorted(files("index.lexicon").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".tsv"):
            lexicon.update(file.read_bytes())
    return (
        f"analysis {ANALYSIS_VERSION}, kiwipiepy {version('kiwipiepy')}, "
        f"model {version('kiwipiepy_model')}, lexicon {lexicon.hexdigest()}"
    )
