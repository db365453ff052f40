"""The dictionary that Kiwi is given beside its own: shipped words and the user's."""

import math
import unicodedata
from pathlib import Path

from index.lexicon.lines import DictionaryError, Lines, given, shipped

__all__ = ["DictionaryError", "Word", "dictionary_words", "shipped_words"]

# The Sejong tags that make a word a term; names (NNP) are what a user dictionary is for.
_TAGS = ("NNP", "NNG", "NNB", "SL", "MAG", "XR")
_COLUMNS = 3
_LONGEST = 50

Word = tuple[str, str, float]


def shipped_words() -> tuple[Word, ...]:
    """The words of ``words.tsv``: (word, Sejong tag, score)."""
    return _words(shipped("words.tsv"))


def dictionary_words(path: Path | None) -> tuple[Word, ...]:
    """The shipped words, then those of the user dictionary.

    Raises DictionaryError with every line that cannot be used.
    """
    return shipped_words() + (_words(given(path)) if path is not None else ())


def _words(lines: Lines) -> tuple[Word, ...]:
    found: dict[str, Word] = {}
    places: dict[str, int] = {}
    for number, line in lines:
        word, reasons = _word(line)
        if word[0] in places:
            reasons.append(f"{word[0]} stands in line {places[word[0]]} already")
        for reason in reasons:
            lines.wrong(number, reason)
        if word[0]:
            found.setdefault(word[0], word)
            places.setdefault(word[0], number)
    lines.finish()
    return tuple(found.values())


def _word(line: str) -> tuple[Word, list[str]]:
    """The word of a line, and everything that is wrong with it."""
    cells = [cell.strip() for cell in line.split("\t")]
    text, tag, score = [*cells, "", "", ""][:_COLUMNS]
    word, reasons = " ".join(text.split()), []
    if not word:
        reasons.append("no word stands before the tab")
    elif not any(c.isalnum() for c in word):
        reasons.append(f"{word!r} holds no letter")
    elif any(unicodedata.category(c) == "Cc" for c in word):
        reasons.append("the word holds a control character")
    elif len(word) > _LONGEST:
        reasons.append(f"the word is longer than {_LONGEST} characters")
    if tag and tag not in _TAGS:
        hint = "; columns are separated by tabs" if " " in tag else ""
        reasons.append(f"{tag!r} is no tag for a word; use one of {', '.join(_TAGS)}{hint}")
    number = _number(score)
    if not math.isfinite(number):
        reasons.append(f"the score {score!r} is no number")
    if len(cells) > _COLUMNS:
        reasons.append(f"{len(cells)} columns; there are word, tag and score")
    last = word.rpartition(" ")[2]
    if last in _TAGS and not tag and " " in word:
        reasons.append(f"a tab must stand before {last}, not a blank")
    return (word, tag or "NNP", number), reasons


def _number(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return math.nan
