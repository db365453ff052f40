"""Many threads on one service while generations come: every answer is of one generation."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from index.analysis import Analyser
from search.request import SearchAnswer, SearchRequest
from tests.building import article, build_index, service_for

QUERIES = ("", "반도체", "반도체 수출", "title:반도체", '"반도체 수출"', "-수출", "반도*")


def test_answers_are_whole(analyser: Analyser, tmp_path: Path) -> None:
    publish(tmp_path, 1)
    service = service_for(tmp_path, analyser)
    done = Event()

    def ask(q: str) -> list[SearchAnswer]:
        answers = []
        while not done.is_set() or not answers:
            answers.append(service.search(SearchRequest(q=q, per_page=100)))
        return answers

    with ThreadPoolExecutor(len(QUERIES)) as pool:
        asked = {q: pool.submit(ask, q) for q in QUERIES}
        for generation in range(2, 6):
            publish(tmp_path, generation)
        done.set()
    for q, future in asked.items():
        for answer in future.result():
            assert answer.total == len(answer.hits) == (0 if q == "-수출" else answer.generation)
            assert {hit.title.split()[-1] for hit in answer.hits} <= {f"g{answer.generation}"}
            assert [row.count for row in answer.facets["year"]] == [answer.total] * bool(
                answer.hits
            )
    assert service.search(SearchRequest()).generation == 5


def publish(folder: Path, generation: int) -> None:
    """A generation of as many articles as its number says."""
    made = [
        article(f"a{i}", title=f"반도체 수출 g{generation}", authors=(f"기자{generation}",))
        for i in range(generation)
    ]
    build_index(folder, made)
