"""From Kiwi's tokens to pieces: what is kept as a term, where it stands, what it belongs to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from kiwipiepy import Token

from index.lexicon.particles import COPULAS, PARTICLES


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


# Sejong tags that become terms. Particles (J*), endings (E*), pronouns (NP), the derivational
# suffixes of verbs (XSV, XSA), auxiliaries (VX) and the copula (VC*) are dropped: each was
# measured to add nothing or to hurt.
_KIND_OF_TAG = {
    **dict.fromkeys(("NNG", "NNP", "NNB", "NR", "XR", "XPN", "XSN", "UN"), Kind.NOUN),
    **dict.fromkeys(("VV", "VV-R", "VV-I", "VA", "VA-R", "VA-I"), Kind.PREDICATE),
    **dict.fromkeys(("MM", "MMA", "MMD", "MMN", "MAG", "MAJ"), Kind.MODIFIER),
    "SN": Kind.NUMBER,
    "SL": Kind.LATIN,
    "SH": Kind.HANJA,
}
# Tokens that Kiwi's patterns find whole; their parts are the terms (a date gives year, month and
# day, a hashtag its word).
_PATTERN_TAGS = frozenset(("W_URL", "W_EMAIL", "W_MENTION", "W_HASHTAG", "W_SERIAL", "W_EMOJI"))
# Endings and auxiliaries that a highlighted verb or adjective takes along: 늘-었-다, 도와-주-었-다.
_TAIL_TAGS = frozenset(("EP", "EF", "EC", "ETN", "ETM", "VX", "VX-R", "VX-I"))
# Symbols hold no position, so that a phrase looks through quotation marks and commas.
_SYMBOL_TAGS = frozenset(("SF", "SP", "SS", "SSO", "SSC", "SE", "SO", "SW", "SB"))
_WITH_AUXILIARIES = _KIND_OF_TAG | dict.fromkeys(("VX", "VX-R", "VX-I"), Kind.PREDICATE)
_SENTENCE_GAP = 10
# Tokens come again and again; so many take some megabytes.
_KNOWN_TOKENS = 1 << 15

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
_ONE_SCRIPT = re.compile(r"[가-힣]+|[A-Za-z]+|[0-9]+")
_LATIN = re.compile(f"[{_LATIN_LETTERS}]")


@dataclass(slots=True)
class Piece:
    """A kept morpheme. Offsets are code points of the normalised text; ``end`` is where the noun
    ends, ``tail`` where the verb form with its endings does; an ``unknown`` word is in no
    dictionary."""

    text: str
    kind: Kind
    start: int
    end: int
    tail: int
    position: int
    word: int
    sentence: int
    unknown: bool = False


def pieces(tokens: Iterable[Token], text: str, *, auxiliaries: bool = False) -> list[Piece]:
    """The kept morphemes of ``text`` in order; with ``auxiliaries`` the auxiliary verbs too.

    Positions count morphemes, dropped ones too, so that a gap stays where a particle stood; they
    grow by 10 between sentences.
    """
    kinds = _WITH_AUXILIARIES if auxiliaries else _KIND_OF_TAG
    out: list[Piece] = []
    position, sentence = -1, 0
    open_predicate: Piece | None = None
    particles = _particles_behind_signs(text)
    for token in tokens:
        tag, start, length = token.tag, token.start, token.len
        if token.sent_position != sentence:
            sentence = token.sent_position
            position += _SENTENCE_GAP
        kind = None if start in particles else kinds.get(tag)
        if kind is None:
            _give_back(out, token)
            if tag in _PATTERN_TAGS:
                position = _split(out, text, token, None, position)
            elif tag not in _SYMBOL_TAGS:
                position += 1
                if (
                    open_predicate is not None
                    and tag in _TAIL_TAGS
                    and start <= open_predicate.tail
                ):
                    open_predicate.tail = max(open_predicate.tail, start + length)
                    continue
            open_predicate = None
            continue
        if kind is Kind.PREDICATE:
            position += 1
            end = start + max(length, 1)
            open_predicate = Piece(
                token.lemma, kind, start, end, end, position, token.word_position, sentence
            )
            out.append(open_predicate)
            continue
        open_predicate = None
        position = _split(out, text, token, kind, position)
    return out


def _particles_behind_signs(text: str) -> frozenset[int]:
    """The places of all characters of particles that hang on a sign."""
    if not _SIGNS.search(text):
        return frozenset()
    found = _BEHIND_SIGN.finditer(text)
    return frozenset(at for m in found for at in range(m.start(1), m.end(1)))


def _give_back(out: list[Piece], particle: Token) -> None:
    """Give the particle its 이 back, where the word before it is unknown and took it."""
    if particle.tag != "JX" or particle.form not in _VOWEL_PARTICLES or not out:
        return
    word = out[-1]
    if not word.unknown or word.end != particle.start:
        return
    stem = word.text.removesuffix("이")
    if stem != word.text and "가" <= stem[-1:] <= "힣" and (ord(stem[-1]) - ord("가")) % _NO_CODA:
        word.text, word.end, word.tail = stem, word.end - 1, word.tail - 1


def _split(out: list[Piece], text: str, token: Token, kind: Kind | None, position: int) -> int:
    """Append the parts of one token; return the position of the last."""
    start = token.start
    surface = text[start : start + token.len]
    word, sentence, unknown = token.word_position, token.sent_position, token.oov
    for first, last, term, own, cut in _parts(surface, token.form, token.tag, kind):
        position += 1
        begin, end, new = start + first, start + last, cut and unknown
        out.append(Piece(term, own, begin, end, end, position, word, sentence, new))
    return position


@lru_cache(maxsize=_KNOWN_TOKENS)
def _parts(
    surface: str, form: str, tag: str, kind: Kind | None
) -> tuple[tuple[int, int, str, Kind, bool], ...]:
    """Begin, end, term and kind of each part of a token, and whether it is its surface."""
    if kind is Kind.NOUN and not _same_letters(surface, form):
        # Contracted (건 = 것 + 은): the form is the term, the surface only its place.
        return ((0, len(surface), form.lower(), kind, False),)
    return tuple(
        (first, last, _term(part, tag), _kind_of_part(part, kind), True)
        for first, last in _spans(surface, form, tag)
        if (part := surface[first:last])
    )


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
        return Kind.NUMBER
    if _LATIN.match(part):
        return Kind.LATIN
    if "\u3400" <= part[0] <= "\u9fff":
        return Kind.HANJA
    return kind if kind in (Kind.NOUN, Kind.MODIFIER) else Kind.NOUN
