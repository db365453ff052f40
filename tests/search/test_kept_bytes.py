"""What is kept of queries is counted in bytes that are near those it takes."""

import gc
import sys
import types
from typing import Any

import pytest

from index.analysis import Analyser
from index.fields import TEXT_FIELDS
from index.lexicon.synonyms import synonyms
from search.decide import Decider
from search.request import MAX_QUERY
from search.synonyms import expansion_for
from search.whoosh_engine import WhooshEngine
from tests.building import SEOUL, article, build_index

WORDS = (
    *("반도체", "수출", "금리", "인상", "전망", "전기차", "배터리", "화재", "대통령", "기자회견"),
    *("국민연금", "개혁", "태풍", "피해", "한국은행", "삼성전자", "인공지능", "코로나", "미국"),
    *("중국", "GDP", "서울", "아파트", "가격", "수능", "난이도", "마라톤", "축제"),
)
QUERIES = {
    "one word": "반도체",
    "some words": "삼성전자 실적 전망",
    "synonyms": "한국은행 AI 미국 GDP",
    "a sentence": "한국은행이 기준금리를 0.25%포인트 올려 3.5%로 결정했다고 밝혔다",
    "many words": " ".join(WORDS * 3),
    "alternatives": " OR ".join(WORDS * 3),
    "exclusions": "축제 -" + " -".join(WORDS * 3),
    "phrases": '"' + '" "'.join(WORDS * 3) + '"',
    "one phrase": f'"{" ".join(WORDS)}"',
    "prefixes": "* ".join(WORDS * 3),
    "facets": "tag:" + " tag:".join(WORDS * 3),
}


def taken(value: Any) -> int:
    """The bytes of a value and of all that it holds, but for what is there once for all."""
    seen = {id(TEXT_FIELDS), *map(id, TEXT_FIELDS)}
    todo, total = [value], 0
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, type | types.ModuleType | types.FunctionType):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        todo += gc.get_referents(one)
    return total


@pytest.fixture(scope="module")
def decider(analyser: Analyser, tmp_path_factory: pytest.TempPathFactory) -> Decider:
    """On an index that knows all the words."""
    folder = tmp_path_factory.mktemp("kept")
    build_index(folder, [article("a", title=" ".join(WORDS), body="실적")])
    expansion = expansion_for(analyser, synonyms())
    return Decider(WhooshEngine(folder).snapshot(), analyser, SEOUL, expansion)


@pytest.mark.parametrize("text", QUERIES.values(), ids=QUERIES)
def test_decisions(text: str, decider: Decider) -> None:
    before = decider.caches()["decisions"].bytes
    decision = decider.decide(text[:MAX_QUERY], None, 0, None, correct=False)
    counted = decider.caches()["decisions"].bytes - before
    print("R", counted / taken(decision), taken(decision))
    assert 0.5 < counted / taken(decision) < 2
    assert decider.decide(text[:MAX_QUERY], None, 0, None, correct=False) is decision


@pytest.mark.parametrize("text", QUERIES.values(), ids=QUERIES)
def test_analyses(text: str, analyser: Analyser) -> None:
    analyser.forget()
    found = analyser.query(text[:MAX_QUERY])
    assert 0.5 < analyser.caches()["analyses"].bytes / taken((text[:MAX_QUERY], found)) < 2
