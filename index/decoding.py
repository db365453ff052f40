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
_BINARY_SAMPLE = 4096


class DecodingError(Exception):
    """The bytes are no text, or text in an encoding that is not known; the message says which."""


def decode(data: bytes) -> tuple[str, int]:
    """The text, NFC with ``\\n`` line ends, and the line of its first unreadable byte (0: none).

    Tried in order: byte order marks, UTF-16 without one, UTF-8, CP949 (EUC-KR), UTF-8 with a few
    bad bytes. Raises DecodingError.
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
    for encoding in ("utf-8", "cp949"):
        try:
            return data.decode(encoding), 0
        except UnicodeDecodeError:
            continue
    return _tolerant(data, "utf-8")


def _utf16_without_mark(data: bytes) -> str:
    """UTF-16 shows in ASCII (the dashes of front matter): every other byte is zero."""
    sample = data[:64]
    if len(sample) < 8 or len(data) % 2:
        return ""
    for encoding, zeros, others in (
        ("utf-16-le", sample[1:8:2], sample[0:8:2]),
        ("utf-16-be", sample[0:8:2], sample[1:8:2]),
    ):
        if not any(zeros) and all(others):
            return encoding
    return ""


def _tolerant(data: bytes, encoding: str) -> tuple[str, int]:
    text = data.decode(encoding, "replace")
    bad = text.count("\ufffd")
    if bad == 0:
        return text, 0
    if bad > len(text) * _TOLERATED:
        raise DecodingError("has an unknown encoding; save it as UTF-8")
    return text, text.count("\n", 0, text.index("\ufffd")) + 1
