"""Marked titles and snippets of a stored article. HTML in which only ``<mark>`` is markup."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from html import escape, unescape
from itertools import pairwise
from operator import itemgetter

from index.fields import TEXT_FIELDS
from search.marks import Mark, Marker, merged
from search.request import Highlights, Record

_ELLIPSIS = "…"
# Between a heading and what follows, as between the lines of a subtitle.
_LINE_SEPARATOR = " · "
_STOPS = ".!?。…"
_CLOSING = "\"'”’」』)"
# Whom a fact or a picture is from, as newspapers write it: the least telling place of a word.
_CREDIT_WORDS = ("출처", "자료", "사진", "제공", "그래픽")
_CREDIT = rf"[(\[](?:{'|'.join(_CREDIT_WORDS)}) ?[:=][^()\[\]\n]*[)\]]"
_CREDITS = re.compile(_CREDIT)
_CREDIT_AT_END = re.compile(rf"{_CREDIT}\.?$")
_LONGEST_CREDIT = 200
_CREDIT_BEGINS, _CREDIT_ENDS = ("(", "["), (")", "]")
# Where a snippet may begin or end without a mark of omission.
_SENTENCE_END = re.compile(rf"[.!?。…][\"'”’」』)]*(?:\s*{_CREDIT}\.?)?\s+|\n+")
_WORD_END = re.compile(r"\s")
# What ``html.escape`` replaces.
_MARKUP = re.compile("[&<>\"']")
# How far back from its best place a snippet may be moved to begin with its sentence.
_LEAD_SHARE = 0.5


def highlights(
    records: Sequence[Record], marker: Marker, *, snippets: int, length: int
) -> list[Highlights]:
    """Mark what meets the clauses of ``marker``: title and subtitle whole, the body in
    ``snippets`` pieces of about ``length`` characters, where most of the query's words stand
    together."""
    return [
        Highlights(
            _whole(record["title"], title),
            _whole(record["subtitle"], subtitle),
            tuple(_snippets(record["body"], body, snippets, length)),
        )
        for record, (title, subtitle, body) in zip(records, marker.marks(records), strict=True)
    ]


def whole(record: Record, marker: Marker) -> Highlights:
    """Mark title, subtitle and all of the body, its line breaks kept; ``body`` is one piece."""
    (found,) = marker.marks([record])
    title, subtitle, body = map(_whole, (record[name] for name in TEXT_FIELDS), found)
    return Highlights(title, subtitle, (body,))


def _whole(text: str, found: Sequence[Mark]) -> str:
    return _html(text, 0, len(text), merged(found))


def _snippets(text: str, found: Sequence[Mark], count: int, length: int) -> list[str]:
    if count <= 0 or not text:
        return []
    windows = _windows(_telling(found, text) or found, text, count, length)
    marked = merged(found)
    return [_snippet(text, start, end, marked) for start, end in windows]


def _telling(found: Sequence[Mark], text: str) -> list[Mark]:
    """The marks outside of credits."""
    telling: list[Mark] = []
    at, end = 0, 0
    round_, square = _CREDIT_BEGINS
    for mark in found:
        # Of one place after the other, the last bracket before it: a credit has none inside.
        opened = text.rfind(round_, at, mark[0])
        opened = max(opened, text.rfind(square, max(opened, at), mark[0]))
        if opened >= 0:
            credit = _CREDITS.match(text, opened)
            end = credit.end() if credit else 0
        at = mark[0]
        if at >= end:
            telling.append(mark)
    return telling


def _windows(found: Sequence[Mark], text: str, count: int, length: int) -> list[tuple[int, int]]:
    """The best places for snippets, in the order of the text; the beginning without marks."""
    chosen: list[tuple[int, int]] = []
    left = list(found)
    met: set[int] = set()
    while left and len(chosen) < count:
        place = _best(left, met, length)
        window = _fitted(text, left[place][0], length, chosen)
        met |= {number for start, _, number in left if window[0] <= start < window[1]}
        # It leads nowhere again, even where there is nothing to show of it.
        del left[place]
        left = [mark for mark in left if mark[1] <= window[0] or mark[0] >= window[1]]
        if window[1] > window[0]:
            chosen.append(window)
    return sorted(chosen) or [_fitted(text, 0, length, [])]


def _best(found: Sequence[Mark], met: set[int], length: int) -> int:
    """The mark to begin with: most different words not shown yet, then most words, then first."""
    best, best_score = 0, (-1, -1, -1)
    inside: dict[int, int] = {}
    last = new = 0
    count = len(found)
    for first, (start, _, clause) in enumerate(found):
        stop = start + length
        while last < count and found[last][1] <= stop:
            entering = found[last][2]
            known = inside.get(entering, 0)
            inside[entering] = known + 1
            new += not known and entering not in met
            last += 1
        # Most begin no better piece: what they have of words alone tells.
        if new >= best_score[0] and (score := (new, len(inside), last - first)) > best_score:
            best, best_score = first, score
        if last <= first:
            # Longer than a snippet by itself: it never came in.
            last = first + 1
        elif inside[clause] > 1:
            inside[clause] -= 1
        else:
            del inside[clause]
            new -= clause not in met
    return best


def _fitted(
    text: str, place: int, length: int, taken: Sequence[tuple[int, int]]
) -> tuple[int, int]:
    """A window of about ``length`` around ``place`` that begins and ends with a sentence or at
    least a word, and overlaps none of ``taken``."""
    floor = max((end for _, end in taken if end <= place), default=0)
    ceiling = min((start for start, _ in taken if start > place), default=len(text))
    start = _begin(text, place, max(floor, place - int(length * _LEAD_SHARE)), floor)
    end = _end(text, start, min(ceiling, start + length), place)
    return start, end


def _begin(text: str, place: int, earliest: int, floor: int) -> int:
    if earliest == floor and floor == 0:
        return _skip_space(text, 0, place)
    found = _SENTENCE_END.search(text, earliest, place) or _WORD_END.search(text, earliest, place)
    return found.end() if found else place


def _end(text: str, start: int, latest: int, place: int) -> int:
    if latest >= len(text):
        return len(text.rstrip())
    ends = _SENTENCE_END.finditer(text, start, latest + 1)
    sentences = [m.start() + len(m.group().rstrip()) for m in ends]
    late = [end for end in sentences if end > place and end - start > (latest - start) * 0.7]
    if late:
        return min(late[-1], latest)
    for at in range(latest, max(place, start), -1):
        if text[at].isspace():
            return at
    return latest


def _skip_space(text: str, start: int, stop: int) -> int:
    while start < stop and text[start].isspace():
        start += 1
    return start


def _snippet(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> str:
    lead = "" if _is_break(text, start) else _ELLIPSIS + " "
    tail = "" if _is_break(text, end) else " " + _ELLIPSIS
    return lead + _one_line(_html(text, start, end, spans)) + tail


def _is_break(text: str, at: int) -> bool:
    """Whether a sentence or a line ends at ``at``, so that nothing is cut apart there."""
    before, after = at, at
    while before and text[before - 1].isspace():
        before -= 1
    while after < len(text) and text[after].isspace():
        after += 1
    if not before or after == len(text) or "\n" in text[before:after]:
        return True
    return before < after and _ends_sentence(text[max(0, before - _LONGEST_CREDIT) : before])


def _ends_sentence(text: str) -> bool:
    """Whether a text that no space ends is whole sentences, but for a credit behind them."""
    if text.removesuffix(".")[-1:] in _CREDIT_ENDS:
        text = _CREDIT_AT_END.sub("", text).rstrip() or text
    return text.rstrip(_CLOSING)[-1:] in _STOPS


def _one_line(html: str) -> str:
    """The lines of a snippet on one, kept apart where no sentence ends."""
    if "\n" not in html:
        return html.strip()
    lines = [line.strip() for line in html.split("\n") if line.strip()]
    joined = lines[:1]
    for before, line in pairwise(lines):
        ended = unescape(before.removesuffix("</mark>")).rstrip(_CLOSING)[-1:] in _STOPS + ":"
        joined += [" " if ended else _LINE_SEPARATOR, line]
    return "".join(joined)


def _html(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = start
    # In most pieces there is nothing to escape: looked at once instead of around each mark.
    escaped = escape if _MARKUP.search(text, start, end) else str
    for i in range(bisect_right(spans, start, key=itemgetter(1)), len(spans)):
        first, last = spans[i]
        if first >= end:
            break
        if first > at:
            parts.append(escaped(text[at:first]))
            at = first
        last = min(last, end)
        parts += ["<mark>", escaped(text[at:last]), "</mark>"]
        at = last
    parts.append(escaped(text[at:end]))
    return "".join(parts)
