"""Terms at the place of others: numbers with their unit, model names, readings of hanja.

An extra stands for a run of pieces, has the position of the first and no part in field lengths.
"""

import re
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
_WITH_EXTRAS = frozenset((NUMBER, LATIN, HANJA))
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
    if not any(p.kind is HANJA and len(p.text) > 1 for p in found):
        return found
    table = hanja.headline_table()
    out: list[Piece] = []
    shift = 0
    for piece in found:
        piece = piece._replace(position=piece.position + shift)
        entries = [table.get(c) for c in piece.text] if piece.kind is HANJA else []
        if len(entries) < 2 or not all(e and e.group in _EXPANDED_IN_RUNS for e in entries):
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
        shift += len(entries) - 1
    return Pieces(out)


def extras(found: Pieces, text: str) -> list[Extra]:
    """All extras of the pieces of ``text``, in the order of their first piece."""
    # Most pieces are words, of which none of this is asked.
    others = [(i, kind) for i, kind in enumerate(found.kinds) if kind in _WITH_EXTRAS]
    if not others:
        return []
    out = _model_names(found, text)
    if any(kind is HANJA for _, kind in others):
        out += _headline_runs(found)
    for i, kind in others:
        if kind is NUMBER:
            out.extend(_with_unit(found, i, text))
        elif kind is HANJA:
            out.extend(_hanja_names(found, i, text))
    out.sort(key=lambda e: e.first)
    return out


def _with_unit(found: Pieces, i: int, text: str) -> list[Extra]:
    number = found[i]
    following = text[number.end : number.end + 1]
    if following and following in _UNIT_SYMBOLS:
        return [Extra(f"#{number.text}{following}", i, i + 1, number.end + 1, True)]
    if i + 1 == len(found):
        return []
    unit = found[i + 1]
    if unit.start != number.end or unit.kind not in (NOUN, HANJA):
        return []
    name = unit.text
    if unit.kind is HANJA:
        # Behind a number 日 is a day and never Japan.
        name = next(iter(hanja.readings(name)), name)
    return [Extra(f"#{number.text}{name}", i, i + 2, unit.end, True)]


def _model_names(found: Pieces, text: str) -> list[Extra]:
    out: list[Extra] = []
    kinds, starts, ends = found.kinds, found.starts, found.ends
    done = 0
    for i, kind in enumerate(kinds):
        if i < done or (kind is not LATIN and kind is not NUMBER):
            continue
        run = _MODEL_NAME.match(text, starts[i])
        done = i + 1
        while run and done < len(found) and ends[done] <= run.end():
            done += 1
        if run and done - i > 1 and LATIN in kinds[i:done] and ends[done - 1] == run.end():
            name = run.group().translate(_JOINTS).lower()
            out.append(Extra(f"@{name}", i, done, run.end(), True))
    return out


def _headline_runs(found: Pieces) -> list[Extra]:
    """韓美 is 한미 too, and 與野 is 여야, beside the names of its characters."""
    out: list[Extra] = []
    first = 0
    while first < len(found):
        last = first + 1
        while last < len(found) and _goes_on(found[last - 1], found[last]):
            last += 1
        if last - first > 1:
            table = hanja.headline_table()
            name = "".join(table[piece.text].readings[0] for piece in found[first:last])
            out.append(Extra(name, first, last, found[last - 1].end, False))
        first = last
    return out


def _goes_on(piece: Piece, following: Piece) -> bool:
    """Whether two pieces stand together in a run that ``split_headline_runs`` took apart."""
    return piece.kind is following.kind is HANJA and piece.end == following.start


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
