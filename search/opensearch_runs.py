"""Noun runs that contain a word, as a pattern of the cluster: ``index.terms.run_contains``."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from index.lexicon.longer import longer_words

# The least that is looked for inside of runs: one syllable is in too many.
_SHORTEST = 2
_LETTERS = "a-zA-Z"
# What NFKC leaves of digits beside these (Arabic, Devanagari) is in no Korean number; with all of
# them a pattern takes a cluster ten times as long.
_DIGITS = "0-9"


def inside(field: str, text: str) -> dict[str, Any]:
    """A query on a field of type wildcard: a value of it contains ``text``, never inside a number
    or a Latin word, nor as a part of one of its longer words."""
    if len(text) < _SHORTEST:
        return {"match_none": {}}
    if not (_class_of(text[0]) or _class_of(text[-1]) or text in longer_words()):
        return {"wildcard": {field: {"value": f"*{_wildcards_escaped(text)}*"}}}
    return {"regexp": {field: {"value": pattern(text), "flags": "NONE"}}}


def pattern(text: str) -> str:
    """The regular expression, in Lucene's syntax without options, of runs that contain it."""
    ways = [f"{before}{_escaped(text)}{behind}" for before, behind in _surroundings(text)]
    return "|".join(f"({way})" for way in ways)


def beginning(text: str) -> str:
    """The regular expression of terms that begin with it."""
    # Or empty, which no term is: a plain beginning behind the last term brings 2.19 a 500.
    return f"({_escaped(text)}.*)?"


def _surroundings(text: str) -> Iterator[tuple[str, str]]:
    """What may stand before and behind it; one of the pairs must."""
    known = longer_words().get(text)
    if known is None:
        yield _not_ending(_class_of(text[0])), _not_beginning(_class_of(text[-1]))
        return
    rests: dict[str, list[str]] = {}
    for longer, place in known:
        rests.setdefault(longer[:place], []).append(longer[place + len(text) :])
    never_before = [head for head, own in rests.items() if "" in own]
    never_behind = [tail for tail in rests.pop("", ()) if tail]
    # Of the others either the beginning or the end is missing.
    both = [(head, own) for head, own in rests.items() if "" not in own]
    for missing in product((True, False), repeat=len(both)):
        heads = [h for (h, _), absent in zip(both, missing, strict=True) if absent]
        tails = [
            t for (_, own), absent in zip(both, missing, strict=True) if not absent for t in own
        ]
        yield (
            _without(sorted({*never_before, *heads}), backwards=True),
            _without(sorted({*never_behind, *tails}), backwards=False),
        )


def _not_ending(characters: str) -> str:
    return f"(.*[^{characters}])?" if characters else ".*"


def _not_beginning(characters: str) -> str:
    return f"([^{characters}].*)?" if characters else ".*"


def _without(words: Sequence[str], *, backwards: bool) -> str:
    """Any text that does not begin (``backwards``: end) with one of some words."""
    if not words:
        return ".*"
    own = [word[::-1] for word in words] if backwards else words
    by_first: dict[str, list[str]] = {}
    for word in own:
        by_first.setdefault(word[0], []).append(word[1:])
    firsts = "".join(map(_escaped, by_first))
    ways = [f".*[^{firsts}]" if backwards else f"[^{firsts}].*"]
    for first, rests in by_first.items():
        if "" in rests:
            continue
        forward = [rest[::-1] for rest in rests] if backwards else rests
        rest = _without(forward, backwards=backwards)
        ways.append(f"{rest}{_escaped(first)}" if backwards else f"{_escaped(first)}{rest}")
    return f"({'|'.join(ways)})?"


def _class_of(character: str) -> str:
    """The characters that one and the same number or Latin word is made of; empty where it belongs
    to neither."""
    if character.isdigit():
        return _DIGITS
    return _LETTERS if character.isascii() and character.isalpha() else ""


def _escaped(text: str) -> str:
    return "".join(c if c.isalnum() else f"\\{c}" for c in text)


def _wildcards_escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "*?\\" else c for c in text)
