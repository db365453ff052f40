"""From Kiwi's tokens to pieces: what is kept as a term, where it stands, what it belongs to."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from index.lexicon.particles import COPULAS, PARTICLES

if TYPE_CHECKING:
    from kiwipiepy import Token


class Kind(Enum):
    """What a piece is to the rest of the pipeline."""

    NOUN = "noun"
    PREDICATE = "predicate"
    MODIFIER = "modifier"
    NUMBER = "number"
    LATIN = "latin"
    HANJA = "hanja"

    # Asked for several times for each morpheme; that of Enum is written in Python.
    __hash__ = object.__hash__


# To be asked in loops over morphemes: until Python 3.12 an Enum looks each member up in Python.
NOUN, PREDICATE, MODIFIER = Kind.NOUN, Kind.PREDICATE, Kind.MODIFIER
NUMBER, LATIN, HANJA = Kind.NUMBER, Kind.LATIN, Kind.HANJA

# Sejong tags that become terms. Particles (J*), endings (E*), pronouns (NP), the derivational
# suffixes of verbs (XSV, XSA), auxiliaries (VX) and the copula (VC*) are dropped: each was
# measured to add nothing or to hurt.
_KIND_OF_TAG = {
    **dict.fromkeys(("NNG", "NNP", "NNB", "NR", "XR", "XPN", "XSN", "UN"), NOUN),
    **dict.fromkeys(("VV", "VV-R", "VV-I", "VA", "VA-R", "VA-I"), PREDICATE),
    **dict.fromkeys(("MM", "MMA", "MMD", "MMN", "MAG", "MAJ"), MODIFIER),
    "SN": NUMBER,
    "SL": LATIN,
    "SH": HANJA,
}
# Tokens that Kiwi's patterns find whole; their parts are the terms (a date gives year, month and
# day, a hashtag its word).
_PATTERN_TAGS = frozenset(("W_URL", "W_EMAIL", "W_MENTION", "W_HASHTAG", "W_SERIAL", "W_EMOJI"))
# Endings and auxiliaries that a highlighted verb or adjective takes along: 늘-었-다, 도와-주-었-다.
_TAIL_TAGS = frozenset(("EP", "EF", "EC", "ETN", "ETM", "VX", "VX-R", "VX-I"))
# Symbols hold no position, so that a phrase looks through quotation marks and commas.
_SYMBOL_TAGS = frozenset(("SF", "SP", "SS", "SSO", "SSC", "SE", "SO", "SW", "SB"))
# What is asked of a tag, at once.
_SYMBOL, _PATTERN = "symbol", "pattern"
_NO_WORD = frozenset((_SYMBOL, _PATTERN))
_KINDS: dict[str, Kind | str] = {
    **_KIND_OF_TAG,
    **dict.fromkeys(_SYMBOL_TAGS, _SYMBOL),
    **dict.fromkeys(_PATTERN_TAGS, _PATTERN),
}
_WITH_AUXILIARIES = _KINDS | dict.fromkeys(("VX", "VX-R", "VX-I"), PREDICATE)
_SENTENCE_GAP = 10
_CLOSED = -1
# What is asked of every token, at once.
_PLACE = attrgetter("tag", "start", "len", "word_position", "sent_position")
# Tokens come again and again; so many take some megabytes.
_KNOWN_TOKENS = 1 << 16

# 이 belongs to the particle behind a closed syllable (브래킷이란 is 브래킷 + 이란), but to a word
# that it does not know Kiwi may leave it (브래킷이 + 란). These are the forms behind a vowel.
_VOWEL_PARTICLES = frozenset(
    ("란", "나", "라도", "라고", "라면", "야말로", "든지", "든", "며", "랑")
)
_NO_CODA = 28

# A token is split at spaces, at the middle dot and between scripts, so that LG전자 (one name to
# Kiwi) and lg전자 (two tokens) meet.
_LATIN_LETTERS = (
    r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
    r"\u0370-\u0373\u0376-\u0377\u037b-\u037d\u037f\u0386\u0388-\u0481\u048a-\u04ff"
)
_PARTS = re.compile(
    rf"[{_LATIN_LETTERS}]+"
    r"|[0-9]+(?:[.,][0-9]+)*"
    r"|[\u3400-\u4dbf\u4e00-\u9fff]+"
    rf"|[^\W\d_{_LATIN_LETTERS}\u3400-\u4dbf\u4e00-\u9fff]+"
)
# Behind a sign Kiwi takes particles and the copula for words: 3.5%를 (르+ㄹ), 34%는 (늘다).
_SIGNS = re.compile("[%*+]")
_BEHIND_SIGN = re.compile(
    rf"(?<=[^\s%*+][%*+])[%*+]*({'|'.join((*PARTICLES, *COPULAS))})(?![가-힣])"
)
_DATE_PARTS = re.compile(r"[0-9]+")
_HANGUL = re.compile(r"[가-힣]+")
_ONE_SCRIPT = re.compile(r"[가-힣]+|[A-Za-z]+|[0-9]+")
_LATIN = re.compile(f"[{_LATIN_LETTERS}]")


class Piece(NamedTuple):
    """A kept morpheme. Offsets are code points of the normalised text; ``end`` is where the noun
    ends, ``tail`` where the verb form with its endings does; ``surface`` is what stands there in
    lower case, of a number its term; an ``unknown`` word is in no dictionary."""

    text: str
    kind: Kind
    surface: str
    start: int
    end: int
    tail: int
    position: int
    word: int
    sentence: int
    unknown: bool


# The same to be changed, while it is found out.
_Row = list[Any]
_TEXT, _SURFACE, _END, _TAIL, _UNKNOWN = (
    Piece._fields.index(name) for name in ("text", "surface", "end", "tail", "unknown")
)


class Pieces(Sequence[Piece]):
    """The kept morphemes of a text in order, by column: an object for each of a thousand would
    cost more than all that is made of them."""

    __slots__ = tuple(f"{name}s" for name in Piece._fields)

    texts: Sequence[str]
    kinds: Sequence[Kind]
    surfaces: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    tails: Sequence[int]
    positions: Sequence[int]
    words: Sequence[int]
    sentences: Sequence[int]
    unknowns: Sequence[bool]

    def __init__(self, found: Iterable[Sequence[Any]] = ()) -> None:
        """``found``: pieces, or rows with the values of one each."""
        columns = list(zip(*found, strict=True)) or [()] * len(Piece._fields)
        for name, column in zip(self.__slots__, columns, strict=True):
            setattr(self, name, column)

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        return Piece._make(getattr(self, name)[i] for name in self.__slots__)

    def shorten(self, names: Mapping[int, str]) -> None:
        """Give nouns, by their place among the pieces, names that are the beginnings of theirs."""
        short = {i: name for i, name in names.items() if name != self.texts[i]}
        if not short:
            return
        texts, surfaces = list(self.texts), list(self.surfaces)
        ends, tails = list(self.ends), list(self.tails)
        for i, name in short.items():
            texts[i], surfaces[i] = name, surfaces[i][: len(name)]
            ends[i] = tails[i] = self.starts[i] + len(name)
        self.texts, self.surfaces, self.ends, self.tails = texts, surfaces, ends, tails


def pieces(tokens: "Sequence[Token]", text: str, *, auxiliaries: bool = False) -> Pieces:
    """The kept morphemes of ``text`` in order; with ``auxiliaries`` the auxiliary verbs too.

    Positions count morphemes, dropped ones too, so that a gap stays where a particle stood; they
    grow by 10 between sentences.
    """
    kinds = _WITH_AUXILIARIES if auxiliaries else _KINDS
    rows: list[_Row] = []
    position, sentence = -1, 0
    # Where the verb ends whose endings may follow.
    open_until = _CLOSED
    particles = _particles_behind_signs(text)
    for token, (tag, start, length, word, its) in zip(tokens, map(_PLACE, tokens), strict=True):
        if its != sentence:
            sentence = its
            position += _SENTENCE_GAP
        kind = kinds.get(tag)
        if kind is None or (particles and start in particles and kind not in _NO_WORD):
            position += 1
            if tag == "JX" and rows and rows[-1][_UNKNOWN]:
                _give_back(rows[-1], token)
            if open_until != _CLOSED:
                open_until = _with_ending(rows, open_until, token)
        elif kind is PREDICATE:
            position += 1
            open_until = end = start + (length or 1)
            lower = text[start:end].lower()
            rows.append([token.lemma, kind, lower, start, end, end, position, word, its, False])
        else:
            open_until = _CLOSED
            if kind is _SYMBOL:
                continue
            surface, form = text[start : start + length], token.form
            if surface == form and (kind is NOUN or kind is MODIFIER) and _is_hangul(surface):
                # Nearly all of them: nothing to cut, no case, no commas.
                position += 1
                end, new = start + length, token.oov
                rows.append([surface, kind, surface, start, end, end, position, word, its, new])
                continue
            for term, own, lower, first, last, cut in _parts(surface, form, tag):
                position += 1
                end, new = start + last, cut and token.oov
                rows.append([term, own, lower, start + first, end, end, position, word, its, new])
    return Pieces(rows)


def _particles_behind_signs(text: str) -> frozenset[int]:
    """The places of all characters of particles that hang on a sign."""
    if not _SIGNS.search(text):
        return frozenset()
    found = _BEHIND_SIGN.finditer(text)
    return frozenset(at for m in found for at in range(m.start(1), m.end(1)))


def _with_ending(rows: list[_Row], tail: int, token: "Token") -> int:
    """Give the verb before an ending its new tail; _CLOSED where it is no ending of one."""
    if token.tag not in _TAIL_TAGS or token.start > tail:
        return _CLOSED
    rows[-1][_TAIL] = tail = max(tail, token.start + token.len)
    return tail


def _give_back(row: _Row, particle: "Token") -> None:
    """Give the particle its 이 back, where the word before it is unknown and took it."""
    text, _, surface, _, end, *_ = row
    if particle.form not in _VOWEL_PARTICLES or end != particle.start:
        return
    stem = text.removesuffix("이")
    if stem != text and "가" <= stem[-1:] <= "힣" and (ord(stem[-1]) - ord("가")) % _NO_CODA:
        row[_TEXT], row[_SURFACE], row[_END], row[_TAIL] = stem, surface[:-1], end - 1, end - 1


@lru_cache(maxsize=_KNOWN_TOKENS)
def _is_hangul(surface: str) -> bool:
    return _HANGUL.fullmatch(surface) is not None


@lru_cache(maxsize=_KNOWN_TOKENS)
def _parts(surface: str, form: str, tag: str) -> tuple[tuple[str, Kind, str, int, int, bool], ...]:
    """Term, kind, surface in lower case, begin and end of each part of a token, and whether the
    term is cut from the surface."""
    whole = _KIND_OF_TAG.get(tag)
    if whole is NOUN and not _same_letters(surface, form):
        # Contracted (건 = 것 + 은): the form is the term, the surface only its place.
        return ((form.lower(), whole, surface.lower(), 0, len(surface), False),)
    found = []
    for first, last in _spans(surface, form, tag):
        part = surface[first:last]
        term, kind = _term(part, tag), _kind_of_part(part, whole)
        # A number has lost its commas: 1,234 and 1234 give the same runs and bigrams.
        lower = term if kind is NUMBER else part.lower()
        found.append((term, kind, lower, first, last, True))
    return tuple(found)


def _spans(surface: str, form: str, tag: str) -> list[tuple[int, int]]:
    if surface == form and _ONE_SCRIPT.fullmatch(surface):
        return [(0, len(surface))]
    parts = _DATE_PARTS if tag == "W_SERIAL" else _PARTS
    cuts = _cuts(surface, form)
    spans = []
    for first, last in zip([0, *cuts], [*cuts, len(surface)], strict=True):
        spans += [(m.start(), m.end()) for m in parts.finditer(surface, first, last)]
    return spans


def _cuts(surface: str, form: str) -> list[int]:
    """Where the form has a space and the surface has none (자연어처리 is 자연어 처리 to Kiwi)."""
    if " " not in form:
        return []
    cuts, place = [], 0
    for character in form:
        if character != " " or surface[place : place + 1] == " ":
            place += 1
        else:
            cuts.append(place)
    return cuts


def _same_letters(surface: str, form: str) -> bool:
    return surface.replace(" ", "") == form.replace(" ", "")


def _term(part: str, tag: str) -> str:
    if tag == "W_SERIAL":
        return part.lstrip("0") or "0"
    return part.replace(",", "").lower()


def _kind_of_part(part: str, kind: Kind | None) -> Kind:
    if part[0].isdigit():
        return NUMBER
    if _LATIN.match(part):
        return LATIN
    if "\u3400" <= part[0] <= "\u9fff":
        return HANJA
    return kind if kind in (NOUN, MODIFIER) else NOUN
