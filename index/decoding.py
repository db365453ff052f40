"""From the bytes of a file to its text, whatever editor wrote it."""

import codecs
import unicodedata

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Up to this share of characters may be unreadable before the encoding counts as unknown.
_TOLERATED = 0.01
# Of text in the right encoding, Hangul outweighs so much what is neither Hangul nor ASCII.
_HANGUL_TO_OTHERS = 4
_BINARY_SAMPLE = 4096
# Upper halves that are those of Korean text; of any other bytes it is a sixth.
_UTF16_SHARE = 0.95


class DecodingError(Exception):
    """The bytes are no text, or text in an encoding that is not known; the message says which."""


def decode(data: bytes) -> tuple[str, int]:
    """The text, NFC with ``\\n`` line ends, and the line of its first unreadable byte (0: none).

    Tried in order: byte order marks, UTF-16 without one, UTF-8, UTF-8 with a few bad bytes,
    CP949 (EUC-KR), the same with a few bad bytes. Raises DecodingError.
    """
    text, bad_line = _decoded(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return unicodedata.normalize("NFC", text), bad_line


def _decoded(data: bytes) -> tuple[str, int]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _tolerant(data[len(mark) :], encoding)
    encoding = _utf16_without_mark(data)
    if encoding:
        return _tolerant(data, encoding)
    if b"\x00" in data[:_BINARY_SAMPLE]:
        raise DecodingError("is a binary file, no text")
    try:
        return data.decode("utf-8"), 0
    except UnicodeDecodeError:
        # A few broken bytes in UTF-8 must not turn the rest into the letters of another encoding.
        if _mostly_hangul(data.decode("utf-8", "replace")):
            return _tolerant(data, "utf-8")
    try:
        return data.decode("cp949"), 0
    except UnicodeDecodeError:
        return _tolerant(
            data, "cp949" if _mostly_hangul(data.decode("cp949", "replace")) else "utf-8"
        )


def _utf16_without_mark(data: bytes) -> str:
    """UTF-16 shows in ASCII (the dashes of front matter), where every other byte is zero, or in
    Hangul with zeros between, where every other byte is the upper half of one or the other."""
    sample = data[:64]
    if len(sample) < 8 or len(data) % 2:
        return ""
    for encoding, zeros, others in (
        ("utf-16-le", sample[1:8:2], sample[0:8:2]),
        ("utf-16-be", sample[0:8:2], sample[1:8:2]),
    ):
        if not any(zeros) and all(others):
            return encoding
    return _utf16_of_hangul(data[:_BINARY_SAMPLE])


def _utf16_of_hangul(sample: bytes) -> str:
    if b"\x00" not in sample:
        return ""
    # Of ASCII, of punctuation (… “ 、 「), of letters of the old script, of Hangul syllables.
    upper = frozenset((0x00, 0x20, 0x22, 0x30, 0x31, *range(0xAC, 0xD8)))
    for encoding, halves in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        known = sum(half in upper for half in halves)
        hangul = sum(0xAC <= half < 0xD8 for half in halves)
        if known >= len(halves) * _UTF16_SHARE and hangul * 2 >= len(halves):
            return encoding
    return ""


def _mostly_hangul(text: str) -> bool:
    """Whether a decoding with some failures gave Korean all the same."""
    syllables = sum(1 for c in text if "가" <= c <= "힣")
    others = sum(1 for c in text if c > "\x7f") - syllables
    return syllables > others * _HANGUL_TO_OTHERS


def _tolerant(data: bytes, encoding: str) -> tuple[str, int]:
    text = data.decode(encoding, "replace")
    bad = text.count("\ufffd")
    if bad == 0:
        return text, 0
    if bad > len(text) * _TOLERATED and not _mostly_hangul(text):
        raise DecodingError("has an unknown encoding; save it as UTF-8")
    return text, text.count("\n", 0, text.index("\ufffd")) + 1
