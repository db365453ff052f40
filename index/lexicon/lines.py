"""Files of one entry a line, written by people: comments, and every mistake at once."""

import re
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

# At the head of a line or behind a blank: C# is a word.
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")


class DictionaryError(Exception):
    """A file of words that cannot be used: one line for each mistake, with file, line, reason."""


class Lines:
    """The entries of one file, and what is wrong with them.

    Iterating gives (line number, entry); ``wrong`` notes a mistake and the reading goes on;
    ``finish`` raises DictionaryError with all of them.
    """

    def __init__(self, name: str, text: str) -> None:
        """``name`` stands before every mistake."""
        self._name = name
        self._lines = unicodedata.normalize("NFC", text).split("\n")
        self._mistakes: list[str] = []

    def __iter__(self) -> Iterator[tuple[int, str]]:
        for number, line in enumerate(self._lines, 1):
            entry = _COMMENT.sub("", line).rstrip()
            if entry:
                yield number, entry

    def wrong(self, number: int, reason: str) -> None:
        """Note a mistake in a line."""
        self._mistakes.append(f"{self._name}:{number}: {reason}")

    def finish(self) -> None:
        """Raise DictionaryError where a mistake was noted."""
        if self._mistakes:
            raise DictionaryError("\n".join(self._mistakes))


def shipped(name: str) -> Lines:
    """A file beside this module."""
    return Lines(name, files(__package__).joinpath(name).read_text("utf-8"))


def given(path: Path) -> Lines:
    """A file of the user. Raises DictionaryError where it is no UTF-8 text."""
    try:
        return Lines(str(path), path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DictionaryError(f"{path}:{line}: cannot be read as UTF-8 text") from error
    except OSError as error:
        raise DictionaryError(f"{path}: cannot be read: {error.strerror or error}") from error
