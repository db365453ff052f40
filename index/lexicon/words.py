"""The dictionary that Kiwi is given beside its own: shipped words and the user's."""

import math
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

_TAGS = ("NNP", "NNG", "NNB", "SL", "MAG", "XR")

Word = tuple[str, str, float]


class DictionaryError(Exception):
    """A dictionary that cannot be used; the message names file, line and reason."""


def dictionary_words(path: Path | None) -> tuple[Word, ...]:
    """The shipped words, then those of the user dictionary: (word, Sejong tag, score).

    Raises DictionaryError at the first line that cannot be used.
    """
    shipped = files(__package__).joinpath("words.tsv").read_text("utf-8")
    words = [*_parse(shipped, "words.tsv")]
    if path is not None:
        try:
            words += _parse(path.read_text("utf-8-sig"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise DictionaryError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    return tuple(words)


def _parse(text: str, name: str) -> Iterator[Word]:
    for number, line in enumerate(unicodedata.normalize("NFC", text).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        word, *rest = (cell.strip() for cell in line.split("\t"))
        if not word:
            raise DictionaryError(f"{name}:{number}: no word stands before the tab")
        tag = rest[0] if rest else "NNP"
        if tag not in _TAGS:
            raise DictionaryError(
                f"{name}:{number}: {tag!r} is no tag for a word; use one of {', '.join(_TAGS)}"
            )
        try:
            score = float(rest[1]) if len(rest) > 1 else 0.0
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            raise DictionaryError(f"{name}:{number}: the score {rest[1]!r} is no number")
        yield word, tag, score
