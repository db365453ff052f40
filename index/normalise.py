"""Fold the spellings of a character to one, keeping the way back to the original offsets."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# NFKC would turn the jamo that people type (ㄱ, U+3131) into conjoining ones and the ellipsis into
# three full stops; both keep their own code point.
_KEPT = frozenset(chr(c) for c in range(0x3131, 0x318F)) | {"…"}
# Invisible: soft hyphen, zero-width characters, direction marks, byte order mark.
_REMOVED = frozenset("\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
# What must be composed as one: conjoining jamo (macOS file names and editors write NFD), a
# syllable with a separate final, and any character with combining marks.
_CLUSTER = re.compile(
    "[\u1100-\u115f\ua960-\ua97c][\u1160-\u11a7\ud7b0-\ud7c6]+[\u11a8-\u11ff\ud7cb-\ud7fb]*"
    "|[가-힣][\u11a8-\u11ff]+"
    "|.[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]+",
    re.DOTALL,
)
# What may stand in a cluster behind its first character.
_JOINING = re.compile(
    "[\u1160-\u11ff\ud7b0-\ud7fb"
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]"
)

# Nearly all of a text is none of this: ASCII, syllables, common marks and hanja stay as they are,
# and join no character before them.
_STRANGE = re.compile("[^\n -~가-힣“”‘’·—–一-鿿]")
# Others that were seen to do the same. There are no more of them than Unicode has.
_plain: set[str] = set()


@dataclass(frozen=True, slots=True)
class Normalised:
    """Folded text with, for each of its characters, where it came from.

    ``starts`` and ``ends`` hold code-point offsets into the original; both are None where nothing
    moved, which is nearly always.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text behind ``text[start:end]`` (``start < end``)."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def originals(self, starts: list[int], ends: list[int]) -> tuple[list[int], list[int]]:
        """The same for many spans, by column."""
        if self.starts is None or self.ends is None:
            return starts, ends
        return [self.starts[start] for start in starts], [self.ends[end - 1] for end in ends]


def normalise(text: str) -> Normalised:
    """NFKC character by character, Hangul composed, invisible characters and surrogates removed.

    Case is kept: Kiwi tells names by it.
    """
    strange = set(_STRANGE.findall(text)) - _plain
    if not strange:
        return Normalised(text)
    replaced = {c: f for c in strange if (f := _fold(c)) != c}
    composed = any(map(_JOINING.match, strange)) and _CLUSTER.search(text) is not None
    if not composed:
        _plain.update(c for c in strange.difference(replaced) if not _JOINING.match(c))
    if not replaced and not composed:
        return Normalised(text)
    if not composed and all(len(f) == 1 for f in replaced.values()):
        return Normalised(text.translate({ord(c): f for c, f in replaced.items()}))
    return _with_offsets(text)


def _with_offsets(text: str) -> Normalised:
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    i = 0
    while i < len(text):
        cluster = _CLUSTER.match(text, i)
        end = cluster.end() if cluster else i + 1
        composed = unicodedata.normalize("NFC", text[i:end])
        folded = "".join(map(_fold, composed))
        if cluster and len(composed) == end - i:
            # Composing changed nothing: every character keeps a span of its own.
            end = i + 1
            folded = _fold(text[i])
        out.append(folded)
        starts.extend([i] * len(folded))
        ends.extend([end] * len(folded))
        i = end
    return Normalised("".join(out), starts, ends)


@lru_cache(maxsize=65536)
def _fold(character: str) -> str:
    if character in _KEPT:
        return character
    if character in _REMOVED or "\ud800" <= character <= "\udfff":
        return ""
    return unicodedata.normalize("NFKC", character)
