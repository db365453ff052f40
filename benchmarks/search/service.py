"""The whole search in process: a query as it was typed to hits, facets and highlights.

Run as a program it is a fresh process that reads the index and the queries from its input.
"""

import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.corpus import Sentence, drafts
from benchmarks.timing import Times

TYPED = (
    "삼성전자 실적",
    "서울 아파트 가격",
    "구글 클라우드",
    "금리 인상 전망",
    "전기차 배터리 화재",
    "대통령 기자회견",
    "인공지능 반도체",
    "미국 대선 결과",
    "국민연금 개혁",
    "코스피 상승",
    "수능 난이도",
    "태풍 피해",
    "환율 급등 원인",
    "부동산 대책",
    "손흥민 골",
    "의대 정원 확대",
    "최저임금 인상",
    "북한 미사일 발사",
    "기후변화",
    "출산율 감소",
    "중국 경제 둔화",
    "우크라이나 전쟁",
    "가계부채",
    "신약 임상시험",
    "네이버 카카오",
    "지하철 파업",
    "물가 상승률",
    "주식 투자",
    "넷플릭스 드라마",
    "프로야구 순위",
    "아이폰 출시일",
    "코로나 백신",
    '"기준금리 동결"',
    "삼성 -전자",
    "현대차 OR 기아",
    "반도체 author:김한수",
    "정부가 발표한 대책은 무엇인가",
    "한국은행이 금리를 올린 이유",
    "서울시장선거",
    "인공지능반도체",
)
_AGAIN = 5


@dataclass(frozen=True, slots=True)
class Service:
    """Milliseconds of the service: ``warm_up``, the first query after it, queries that are new to
    the process, the same once more; MiB of the process before the first and after the last."""

    queries: int
    warm_up: float
    first: float
    new: Times
    again: Times
    private_before: float
    private_after: float
    rss_after: float


def typed_queries(source: Sequence[Sentence], documents: int, count: int) -> list[str]:
    """Queries as people type them: fixed ones, and words side by side in the documents."""
    rng = random.Random(11)  # noqa: S311
    found = list(TYPED)[:count]
    some = list(drafts(min(documents, 500), source))
    while len(found) < count:
        text = rng.choice(rng.choice(some).body).text.split()
        size = rng.randint(1, 3)
        begin = rng.randrange(max(1, len(text) - size))
        words = [word.strip("\"'.,()[]<>‘’“”…·") for word in text[begin : begin + size]]
        found.append(" ".join(filter(None, words)) or rng.choice(TYPED))
    return found


def service(index_dir: Path, queries: Sequence[str]) -> Service:
    """Measure it in a fresh process."""
    asked = json.dumps({"index": str(index_dir), "queries": list(queries)})
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", __name__], input=asked, capture_output=True, text=True, check=True
    )
    values = json.loads(done.stdout)
    new, again = values.pop("new"), values.pop("again")
    return Service(len(queries), new=Times.of(new), again=Times.of(again), **values)


def main() -> None:
    """Ask every query once, then all of them again; print the times."""
    from benchmarks.memory import memory_of
    from benchmarks.timing import alternating, timed
    from index.analysis import analyser_for
    from search.request import SearchRequest
    from search.service import SearchService
    from search.whoosh_engine import WhooshEngine

    asked = json.loads(sys.stdin.read())
    first, *queries = [SearchRequest(q=query) for query in asked["queries"]]
    analyser = analyser_for()
    found = SearchService(WhooshEngine(Path(asked["index"])), analyser, ZoneInfo("Asia/Seoul"))
    begun = time.perf_counter()
    analyser.warm_up()
    # What else the server does before it answers.
    found.warm_up()
    found.prepare()
    gc.collect()
    gc.freeze()
    warm_up = (time.perf_counter() - begun) * 1000
    before = memory_of()
    times = {
        "warm_up": warm_up,
        "first": timed(lambda: found.search(first)),
        "new": [timed(lambda q=q: found.search(q)) for q in queries],
        "again": [
            alternating({"": lambda q=q: found.search(q)}, {"": _AGAIN}, {})[""] for q in queries
        ],
    }
    after = memory_of()
    times |= {"private_before": before.private, "private_after": after.private}
    print(json.dumps(times | {"rss_after": after.rss}))


if __name__ == "__main__":
    main()
