"""The worst that a client can send: each request is as dear as its limits let it be."""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from urllib.parse import urlencode

from index.fields import VALUE_FACETS
from search.keyboard import to_keys
from search.request import MAX_QUERY
from search.snapshot import Snapshot

_COMMON = 400
_TWO_SYLLABLES = re.compile("[가-힣]{2}")
_SELECTED = 50
_INITIALS = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
_SYLLABLES = "가나다라마바사아자차카타파하고노도로모보소오조초코토포호기니디리미비시이지치키티피히"
_EMOJI = "😀🔥👍🏽👨‍👩‍👧"
# What every search below asks for on top: the most of everything.
_MOST = {"per_page": 100, "snippets": 5, "snippet_length": 500, "facet_size": 1000}


@dataclass(frozen=True, slots=True)
class Worst:
    """A request and the name of what is bad about it."""

    name: str
    path: str


class _Words:
    """Words of the index: the commonest and rare ones."""

    def __init__(self, snapshot: Snapshot) -> None:
        counts = {
            term: count
            for term, count in snapshot.word_counts("body", None)
            if _TWO_SYLLABLES.fullmatch(term)
        }
        rare = nsmallest(_COMMON * 4, counts, key=lambda term: counts[term])
        self.common = nlargest(_COMMON, counts, key=lambda term: counts[term])
        self.rare = random.Random(5).sample(rare, min(len(rare), _COMMON))  # noqa: S311
        self.shuffled = random.Random(6).sample(self.common, len(self.common))  # noqa: S311


def worst(snapshot: Snapshot) -> Iterator[Worst]:
    """The requests for an index."""
    words = _Words(snapshot)
    yield from _long(words)
    yield from _operators(words)
    yield from _corrections(words)
    yield from _filters(snapshot)
    yield from _pages(words)
    yield from _others(snapshot, words)


def _long(words: _Words) -> Iterator[Worst]:
    yield _search("256 × 가", "가" * MAX_QUERY)
    yield _search("128 × 가, with spaces", "가 " * 128)
    yield _search("85 common words", _fitting(words.common))
    yield _search("85 common words, the most of everything", _fitting(words.shuffled), **_MOST)
    yield _search("85 common words, by date", _fitting(words.shuffled), sort="oldest", **_MOST)
    yield _search("85 rare words", _fitting(words.rare))
    yield _search("128 common words without a space", "".join(words.common)[:MAX_QUERY])
    yield _search("other 128 without a space", "".join(words.rare)[:MAX_QUERY])
    yield _search("256 Latin letters", "abcdefghij" * 25)
    yield _search("128 Latin letters, single", _fitting("abcdefghijklmnopqrstuvwxyz" * 5))
    yield _search("256 digits", "1234567890" * 25)
    yield _search("ㅋ × 256", "ㅋ" * MAX_QUERY)
    yield _search("jamo, single", _fitting("ㄱㄴㄷㄹㅁㅂㅅㅇㅏㅑㅓㅕㅗㅛㅜㅠ" * 8))
    yield _search("emoji", _EMOJI * 25)
    yield _search("hanja × 256", "大韓民國經濟成長戰略" * 25)
    yield _search("combining marks", "a" + "\u0301" * 255)
    yield _search("U+FDFA × 256, 18 characters each", "ﷺ" * MAX_QUERY)
    yield _search("punctuation", "!?.,·…" * 42)


def _operators(words: _Words) -> Iterator[Worst]:
    one = words.common[0]
    yield _search("parts of an OR, one letter each", _joined("abcdefghijklmnopqrstuvwxyz" * 3))
    yield _search("parts of an OR, common words", _joined(words.common), **_MOST)
    yield _search("parts of an OR, one syllable each", _joined(_SYLLABLES), **_MOST)
    yield _search("parentheses, 100 deep", "(" * 100 + one + ")" * 100)
    yield _search("parentheses, none closed", "(" * MAX_QUERY)
    yield _search("fields, 50 deep", "title:" * 42 + one)
    yield _search("-(-(-(…", "-(" * 100 + one)
    row = _fitting(words.common, MAX_QUERY - 2)
    yield _search("a phrase of common words", f'"{row}"', **_MOST)
    again = _fitting([one] * MAX_QUERY, MAX_QUERY - 2)
    yield _search("a phrase of one word, often", f'"{again}"', **_MOST)
    yield _search("phrases of two common words", _fitting(_phrases(words.common)), **_MOST)
    yield _search("OR of such phrases", _joined(_phrases(words.common)), **_MOST)
    yield _search("phrases of one word", _fitting(f'"{w}"' for w in words.common), **_MOST)
    yield _search("one prefix of one character", "이*", **_MOST)
    yield _search("one prefix of one jamo", "ㄱ*", **_MOST)
    yield _search("prefixes of one character", _fitting(f"{c}*" for c in _SYLLABLES), **_MOST)
    yield _search("OR of such prefixes", _joined(f"{c}*" for c in _SYLLABLES), **_MOST)
    yield _search("prefixes of one letter", _joined(f"{c}*" for c in "abcdefghijklmnopqrstuvwxyz"))
    yield _search("exclusion of prefixes", _fitting(f"-{c}*" for c in _SYLLABLES), **_MOST)
    yield _search("exclusion of common words", _fitting(f"-{w}" for w in words.common), **_MOST)
    yield _search("fields, one each", _fitting(f"body:{w}" for w in words.common), **_MOST)
    yield _search("OR of authors", _joined(f"author:{w}" for w in words.common))
    yield _search("OR of tags", _joined(f"tag:{w}" for w in words.common))
    yield _search("OR of dates", _joined(f"date:20{n:02}" for n in range(30)), **_MOST)
    yield _search("NOT of everything", "-(date:1900..2100)")


def _corrections(words: _Words) -> Iterator[Worst]:
    slips = [word[0] + chr(ord(word[1]) + 1) for word in words.common]
    long_slips = [a + b + chr(ord(c[0]) + 1) for a, b, c in _triples(words.common)]
    yield _search("misspelt words of two syllables", _fitting(slips))
    yield _search("ten misspelt words", _fitting(long_slips[:10]))
    yield _search("misspelt words of five syllables", _fitting(long_slips))
    yield _search("one misspelt word of 256 syllables", "".join(long_slips)[:MAX_QUERY])
    yield _search("words that nobody knows", _fitting(c + "뷁쉛" + c for c in _SYLLABLES))
    yield _search("wrong mode, one word", to_keys("".join(words.common))[:MAX_QUERY].lower())
    yield _search("wrong mode, words", _fitting(to_keys(w * 2) for w in words.common))
    stray = (chr(ord("ㄱ") + i % 30) + "ㅏㄴㅁ" for i in range(80))
    yield _search("wrong mode the other way, words", _fitting(stray))


def _filters(snapshot: Snapshot) -> Iterator[Worst]:
    yield _search("everything, page 100", "", page=100, per_page=100)
    yield _search("everything, oldest, page 1,000", "", page=1000, sort="oldest")
    yield _search("everything, 1,000 values a facet", "", **_MOST)
    yield _search("facet_query of one 초성", "", facet_size=1000, facet_query="tag:ㄱ")
    yield _search("facet_query of 256 characters", "", facet_query="author:" + "김" * MAX_QUERY)
    yield _search("50 authors, 50 tags, 50 categories, a year", "", **_selected(snapshot))
    yield _search("1,000 authors", "", author=[f"기자 {n}" for n in range(1000)])
    yield _search("everything, by dates", "", date_from="1900", date_to="2100-12-31", **_MOST)


def _selected(snapshot: Snapshot) -> dict[str, object]:
    values = {f: snapshot.columns.facets[f].spelled[:_SELECTED] for f in VALUE_FACETS}
    return {**values, "date_from": "2020", **_MOST}


def _pages(words: _Words) -> Iterator[Worst]:
    """What is dearest above, as the page shows it and as a feed."""
    slips = _fitting(word[0] + chr(ord(word[1]) + 1) for word in words.common)
    prefixes = _joined(f"{c}*" for c in _SYLLABLES)
    for name, q in {
        "common words": _fitting(words.common),
        "misspelt words": slips,
        "OR of prefixes": prefixes,
        "nothing there": "뷁쉛뢇 " * 60,
    }.items():
        for route in ("", "feed.xml"):
            path = f"/{route}?{urlencode({'q': q[:MAX_QUERY], 'date_from': '2020'})}"
            yield Worst(f"{route or 'the page'}: {name}", path)


def _others(snapshot: Snapshot, words: _Words) -> Iterator[Worst]:
    for typed in ("ㄱ", "이", "s", "ㅅㅅ", "ㄱ ㄴ ㄷ ㄹ ㅁ ㅂ ㅅ ㅇ"):
        yield _suggest(f"suggest {typed}", typed)
    yield _suggest("suggest 256 × 가", "가" * MAX_QUERY)
    yield _suggest("suggest 256 × ㄱ", "ㄱ" * MAX_QUERY)
    yield _suggest("suggest 256 letters", "tkatjd" * 42)
    yield _suggest("suggest common words", _fitting(words.common))
    first, second, *_ = words.common
    yield _suggest("suggest common words, the last begun", f"{first} {second[0]}")
    ids = (article.id for article in snapshot.titles(None))
    longest = max(ids, key=lambda key: len(snapshot.documents([key], None)[key]["body"]))
    yield Worst("the longest article", _path("article", id=longest))
    yield Worst("related to the longest article", _path("related", id=longest, limit=20))


def _triples(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    return zip(words, words[1:], words[2:], strict=False)


def _phrases(words: Sequence[str]) -> Iterator[str]:
    return (f'"{a} {b}"' for a, b, _ in _triples(words))


def _fitting(parts: Iterable[str], longest: int = MAX_QUERY, between: str = " ") -> str:
    """As many parts as a query may have."""
    text = ""
    for part in parts:
        longer = f"{text}{between}{part}" if text else part
        if len(longer) > longest:
            break
        text = longer
    return text


def _joined(parts: Iterable[str]) -> str:
    return _fitting(parts, between=" OR ")


def _search(name: str, q: str, **others: object) -> Worst:
    return Worst(name, _path("search", q=q[:MAX_QUERY], **others))


def _suggest(name: str, q: str) -> Worst:
    return Worst(name, _path("suggest", q=q, limit=20))


def _path(route: str, **values: object) -> str:
    return f"/api/v1/{route}?{urlencode(values, doseq=True)}"
