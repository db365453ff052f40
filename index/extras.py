"""Terms at the place of others: numbers with their unit, model names, readings of hanja.

An extra stands for a run of pieces, has the position of the first and no part in field lengths.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.lexicon import hanja
from index.morphemes import HANJA, LATIN, NOUN, NUMBER, Piece, Pieces

# KT&G, F-35A, GPT-4o, 5G, G20: letters with digits or joined by one of these marks.
_MODEL_NAME = re.compile(r"[A-Za-z0-9]+(?:[-&.][A-Za-z0-9]+)*")
_JOINTS = str.maketrans("", "", "-&.")
# A symbol that is a unit: the character behind the number, as NFKC leaves it.
_UNIT_SYMBOLS = "%℃℉°‰$€£¥₩"
# A country by its headline hanja (日 for 일본) is a guess: such a meaning counts half.
MEANING_WEIGHT = 0.5
_EXPANDED_IN_RUNS = frozenset(("country", "institution"))
# Behind what goes on (회의 中) it is "during" and not China.
_DURING = "中"
_UNIT_KINDS = frozenset((NOUN, HANJA))
_CLOSING = re.compile(r"\s*[.!?…)\]”’\"']*\s*")


@dataclass(frozen=True, slots=True)
class Extra:
    """``text`` stands for ``pieces[first:last]``; ``swallows`` when a query asks for it instead
    of its pieces; ``weight`` is its weight in a query."""

    text: str
    first: int
    last: int
    end: int
    swallows: bool
    weight: float = 1.0


def split_headline_runs(found: Pieces) -> Pieces:
    """Take runs of headline hanja apart: 與野 is two institutions, 韓美 two countries."""
    if HANJA not in found.kinds:
        return found
    table = hanja.headline_table()
    texts = zip(found.kinds, found.texts, strict=True)
    if not any(kind is HANJA and _is_run(text, table) for kind, text in texts):
        return found
    out: list[Piece] = []
    shift = 0
    for piece in found:
        piece = piece._replace(position=piece.position + shift)
        if piece.kind is not HANJA or not _is_run(piece.text, table):
            out.append(piece)
            continue
        for i, character in enumerate(piece.text):
            start, end = piece.start + i, piece.start + i + 1
            out.append(
                piece._replace(
                    text=character,
                    surface=character,
                    start=start,
                    end=end,
                    tail=end,
                    position=piece.position + i,
                )
            )
        shift += len(piece.text) - 1
    return Pieces(out)


def _is_run(text: str, table: Mapping[str, hanja.HeadlineHanja]) -> bool:
    entries = [table.get(c) for c in text]
    return len(text) > 1 and all(e and e.group in _EXPANDED_IN_RUNS for e in entries)


def extras(found: Pieces, text: str) -> list[Extra]:
    """All extras of the pieces of ``text``, in the order of their first piece."""
    # Most pieces are words, of which none of this is asked.
    others = [
        (i, kind)
        for i, kind in enumerate(found.kinds)
        if kind is NUMBER or kind is LATIN or kind is HANJA
    ]
    out = _model_names(found, [i for i, kind in others if kind is not HANJA], text)
    out += _headline_runs(found, [i for i, kind in others if kind is HANJA])
    for i, kind in others:
        if kind is NUMBER:
            out.extend(_with_unit(found, i, text))
        elif kind is HANJA:
            out.extend(_hanja_names(found, i, text))
    out.sort(key=lambda e: e.first)
    return out


def _with_unit(found: Pieces, i: int, text: str) -> list[Extra]:
    number, end = found.texts[i], found.ends[i]
    following = text[end : end + 1]
    if following and following in _UNIT_SYMBOLS:
        return [Extra(f"#{number}{following}", i, i + 1, end + 1, True)]
    unit = i + 1
    if unit == len(found) or found.starts[unit] != end or found.kinds[unit] not in _UNIT_KINDS:
        return []
    name = found.texts[unit]
    if found.kinds[unit] is HANJA:
        # Behind a number 日 is a day and never Japan.
        name = next(iter(hanja.readings(name)), name)
    return [Extra(f"#{number}{name}", i, i + 2, found.ends[unit], True)]


def _model_names(found: Pieces, places: Sequence[int], text: str) -> list[Extra]:
    """The names that begin with one of the Latin words and numbers at ``places``."""
    out: list[Extra] = []
    kinds, starts, ends = found.kinds, found.starts, found.ends
    done = 0
    for i in places:
        run = _MODEL_NAME.match(text, starts[i]) if i >= done else None
        if run is None:
            continue
        done = i + 1
        while done < len(found) and ends[done] <= run.end():
            done += 1
        if done - i > 1 and LATIN in kinds[i:done] and ends[done - 1] == run.end():
            name = run.group().translate(_JOINTS).lower()
            out.append(Extra(f"@{name}", i, done, run.end(), True))
    return out


def _headline_runs(found: Pieces, places: Sequence[int]) -> list[Extra]:
    """韓美 is 한미 too, and 與野 is 여야, beside the names of its characters: of the hanja at
    ``places`` those that ``split_headline_runs`` took apart stand together."""
    table = hanja.headline_table()
    runs: list[list[int]] = []
    for i in places:
        # Kiwi itself ends a piece in the middle of thousands of hanja.
        if found.texts[i] not in table:
            continue
        if runs and runs[-1][-1] == i - 1 and found.ends[i - 1] == found.starts[i]:
            runs[-1].append(i)
        else:
            runs.append([i])
    return [
        Extra(
            "".join(table[found.texts[i]].readings[0] for i in run),
            run[0],
            run[-1] + 1,
            found.ends[run[-1]],
            False,
        )
        for run in runs
        if len(run) > 1
    ]


def _hanja_names(found: Pieces, i: int, text: str) -> list[Extra]:
    piece = found[i]
    entry = hanja.headline_table().get(piece.text)
    names = dict.fromkeys((entry.readings if entry else ()) or hanja.readings(piece.text), 1.0)
    if entry and not _stands_for_itself(found, i, text):
        names |= dict.fromkeys(entry.meanings, MEANING_WEIGHT if entry.group == "country" else 1.0)
    names |= dict.fromkeys(hanja.WORD_MEANINGS.get(piece.text, ()), 1.0)
    return [Extra(name, i, i + 1, piece.end, False, weight) for name, weight in names.items()]


def _stands_for_itself(found: Pieces, i: int, text: str) -> bool:
    """Whether a headline hanja is the word that it reads as: 17日 is a day, 회의中 is during."""
    if i == 0:
        return False
    piece, before = found[i], found[i - 1]
    if before.kind is NUMBER and before.end == piece.start:
        return True
    if piece.text != _DURING or before.kind is not NOUN:
        return False
    if before.end == piece.start:
        return True
    if text[before.end : piece.start] != " ":
        return False
    return before.text in hanja.going_on() or bool(_CLOSING.fullmatch(text, piece.end))
