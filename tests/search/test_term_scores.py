"""What is kept of the scores of terms."""

from pathlib import Path

from index.analysis import Analyser
from search.request import SearchRequest
from tests.building import article, build_index, service_for

WORDS = ("반도체", "금리", "태풍", "축제", "마라톤", "배터리")


def test_a_term_is_scored_as_a_whole_once_it_was_read_for_as_long(
    analyser: Analyser, tmp_path: Path
) -> None:
    build_index(tmp_path, [article(word, title=f"서울 {word}") for word in WORDS])
    service = service_for(tmp_path, analyser)
    kept = []
    for word in WORDS:
        # A full page: what meets less of the query is not looked for.
        asked = SearchRequest(q=f"서울 {word}", correct=False, per_page=1)
        assert service.search(asked).total == 1
        kept.append(service.state().caches["terms"].bytes)
    # To score all of so few costs less than to read them twice.
    assert [size > 0 for size in kept] == [False] + [True] * 5
