"""Words that stand for one another: the shipped groups and those of the user's file.

A line is a group (``한국은행, 한은``) or says that words also find others (``AI => 인공지능``).
``-조류독감`` behind the words says that none stands for another in a text with that word, ``^0.5``
at the end how much a synonym counts beside the word as typed. ``!한은`` in a file of the user takes
the shipped groups with that word away, ``!*`` all of them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from index.lexicon.lines import DictionaryError, Lines, given, shipped
from index.normalise import normalise

__all__ = ["NO_SYNONYMS", "DictionaryError", "Group", "Synonym", "Synonyms", "key", "synonyms"]

# No .tsv: those are part of the stamp of an index, and no index depends on synonyms.
_SHIPPED = "synonyms.txt"
_WEIGHT = re.compile(r"\s*\^\s*(\S*)$")
_UNLESS = re.compile(r"\s-([^\s,]*)\s*$")
_ARROW = "=>"
_EVERYTHING = "*"
_LONGEST = 50


@dataclass(frozen=True, slots=True)
class Group:
    """``members`` find ``found``, and where there is none, one another; but not in a text with a
    word of ``unless``. ``weight`` is None where the line gives none; ``line`` is its number."""

    members: tuple[str, ...]
    found: tuple[str, ...] = ()
    weight: float | None = None
    line: int = 0
    unless: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All of them."""
        return self.members + self.found

    def pairs(self) -> Iterator[tuple[str, str]]:
        """(word, another that it finds)."""
        for word in self.members:
            for other in self.found or self.members:
                if other != word:
                    yield word, other


@dataclass(frozen=True, slots=True)
class Synonym:
    """What a word also finds; ``weight`` None is the usual one.

    ``clipped``: another word of its group begins with it (서울대 of 서울대학교), so that a longer
    word that begins with it may be something else (서울대공원).
    """

    text: str
    weight: float | None
    clipped: bool = False
    unless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Synonyms:
    """The groups in force: ``own`` of them from the user's file, ``removed`` shipped ones taken
    away by it."""

    groups: tuple[Group, ...] = ()
    own: int = 0
    removed: int = 0

    @cached_property
    def table(self) -> Mapping[str, tuple[Synonym, ...]]:
        """What each word finds, by its ``key``. Groups are not chained: A, B and B, C do not make
        C of A."""
        table: dict[str, dict[str, Synonym]] = {}
        for group in self.groups:
            keys = [key(word) for word in group.words]
            for word, other in group.pairs():
                clipped = any(k.startswith(key(other)) and k != key(other) for k in keys)
                # The user's groups stand last: their weight counts.
                row = table.setdefault(key(word), {})
                row[key(other)] = Synonym(other, group.weight, clipped, group.unless)
        return {word: tuple(row.values()) for word, row in table.items()}

    @cached_property
    def stamp(self) -> str:
        """Names everything that an expansion depends on beside the analyser."""
        return blake2b(repr(self.groups).encode(), digest_size=6).hexdigest()


NO_SYNONYMS = Synonyms()


def key(text: str) -> str:
    """The form in which words are compared: folded, in lower case, without blanks and hyphens."""
    return "".join(normalise(text).text.lower().replace("-", "").split())


def synonyms(path: Path | None = None) -> Synonyms:
    """The shipped groups as ``path`` changes them.

    Raises DictionaryError with every line that cannot be used.
    """
    known, _ = _parsed(shipped(_SHIPPED), ())
    if path is None:
        return Synonyms(known)
    own, removed = _parsed(given(path), known)
    kept = tuple(group for group in known if group.line not in removed)
    return Synonyms(kept + own, len(own), len(known) - len(kept))


def _parsed(lines: Lines, known: Iterable[Group]) -> tuple[tuple[Group, ...], set[int]]:
    """The groups of a file, and the lines of ``known`` groups that it takes away."""
    of_word: dict[str, set[int]] = {}
    for group in known:
        for word in group.words:
            of_word.setdefault(key(word), set()).add(group.line)
            of_word.setdefault(_EVERYTHING, set()).add(group.line)
    groups: list[Group] = []
    removed: set[int] = set()
    for number, line in lines:
        line = line.strip()
        if line.startswith("!"):
            word = line[1:].strip()
            gone = of_word.get(word if word == _EVERYTHING else key(word), set())
            if not gone:
                lines.wrong(number, f"no shipped group holds {word!r}")
            removed |= gone
            continue
        group, reasons = _group(line, number)
        for reason in reasons:
            lines.wrong(number, reason)
        groups.append(group)
    lines.finish()
    return tuple(groups), removed


def _group(line: str, number: int) -> tuple[Group, list[str]]:
    """The group of a line, and everything that is wrong with it."""
    weight, reasons = None, []
    match = _WEIGHT.search(line)
    if match:
        line = line[: match.start()]
        weight = _weight(match[1])
        if weight is None:
            reasons.append(f"the weight {match[1]!r} is no number above 0 and up to 1")
    unless: tuple[str, ...] = ()
    while match := _UNLESS.search(line):
        unless, line = (match[1], *unless), line[: match.start()]
    left, *right = line.split(_ARROW)
    if len(right) > 1:
        reasons.append(f"{_ARROW} stands more than once")
    members = _words(left)
    found = tuple(word for part in right for word in _words(part))
    if right and not (any(members) and any(found)):
        reasons.append(f"a word must stand on either side of {_ARROW}")
    elif not right and len(members) < 2:
        reasons.append("a group needs two words or more, with commas between them")
    else:
        reasons += _mistakes(members + found + unless)
    return Group(members, found, weight, number, unless), reasons


def _words(text: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split(","))


def _mistakes(words: Iterable[str]) -> list[str]:
    reasons = []
    seen: dict[str, str] = {}
    for word in words:
        same = key(word)
        if not word:
            reasons.append("a word is missing beside a comma or behind a hyphen")
        elif not any(c.isalnum() for c in same):
            reasons.append(f"{word!r} holds no letter")
        elif any(unicodedata.category(c) == "Cc" for c in word):
            reasons.append(f"{word!r} holds a control character")
        elif len(word) > _LONGEST:
            reasons.append(f"{word[:20]!r}… is longer than {_LONGEST} characters")
        elif same in seen:
            reasons.append(f"{seen[same]!r} and {word!r} are the same word to a search")
        seen.setdefault(same, word)
    return list(dict.fromkeys(reasons))


def _weight(text: str) -> float | None:
    try:
        weight = float(text)
    except ValueError:
        return None
    return weight if 0 < weight <= 1 else None
