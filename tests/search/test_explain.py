"""Why a hit ranks where it does, as the service and the command line say it."""

import pytest

from index.analysis import Analyser
from index.lexicon.synonyms import synonyms
from index.settings import Settings
from search.engine import open_engine
from search.explain import Explanation, TermShare
from search.request import SearchRequest
from search.service import SearchService
from tests.building import SEOUL, Clock, article, build_index, day

TEXTS = {
    "typed": ("한은 총재 회견", "총재는 물가를 걱정했다.", "2025-01-02"),
    "meant": ("한국은행 금리 인하", "한국은행이 기준금리를 내렸다.", "2024-01-02"),
    "part": ("증시 전망", "금감원장이 금리를 걱정했다.", "2023-01-02"),
    "other": ("날씨", "비가 온다.", "2022-01-02"),
}


@pytest.fixture(scope="module")
def service(analyser: Analyser, tmp_path_factory: pytest.TempPathFactory) -> SearchService:
    folder = tmp_path_factory.mktemp("explain")
    build_index(
        folder,
        [article(k, title=t, body=b, date=day(d)) for k, (t, b, d) in TEXTS.items()],
    )
    engine = open_engine(Settings(index_dir=folder))
    return SearchService(engine, analyser, SEOUL, clock=Clock(), synonyms=synonyms())


def explained(service: SearchService, q: str) -> dict[str, Explanation]:
    return dict(service.search(SearchRequest(q=q, explain=True)).explanations)


@pytest.mark.parametrize(
    "q", ["한은 금리", "금융감독원", "한은 총재 회견 물가", '"총재 회견"', "금리를", "한*"]
)
def test_every_hit_of_the_page_is_explained(q: str, service: SearchService) -> None:
    answer = service.search(SearchRequest(q=q, explain=True))
    shown = [*answer.hits, *answer.also]
    assert shown
    assert list(answer.explanations) == [hit.id for hit in shown]
    for hit in shown:
        assert answer.explanations[hit.id].score == pytest.approx(hit.score, abs=1e-4)


def test_what_a_word_in_a_title_is_worth(service: SearchService) -> None:
    term = share(explained(service, "총재")["typed"], "term", "총재")
    assert [f.field for f in term.fields] == ["title", "body"]
    title, body = term.fields
    assert (title.frequency, title.length) == (1, 3)
    assert title.contribution > body.contribution > 0
    assert term.contribution == pytest.approx(title.contribution + body.contribution)


def test_a_synonym_says_what_it_stands_for(service: SearchService) -> None:
    term = share(explained(service, "한은")["meant"], "term", "한국은행")
    assert (term.stands_for, term.weight) == ("한은", pytest.approx(0.8))
    assert share(explained(service, "한은")["typed"], "term", "한은").stands_for is None


def test_units_that_are_missing(service: SearchService) -> None:
    found = explained(service, "한은 금리")
    assert (found["meant"].met, found["meant"].missing) == (("한은", "금리"), ())
    assert (found["typed"].met, found["typed"].missing) == (("한은",), ("금리",))


def test_the_newest_is_worth_a_little_more(service: SearchService) -> None:
    found = explained(service, "걱정")
    assert found["typed"].recency == pytest.approx(1.02)
    assert 1 < found["part"].recency < found["typed"].recency


@pytest.mark.parametrize(
    "changed", [{"explain": False}, {"sort": "newest"}, {"q": ""}, {"q": "쿼카"}], ids=str
)
def test_nothing_is_explained(changed: dict[str, str], service: SearchService) -> None:
    request = SearchRequest(**{"q": "한은", "explain": True, **changed})
    assert service.search(request).explanations == {}


def share(found: Explanation, kind: str, text: str) -> TermShare:
    """The one part of that kind and text."""
    (own,) = [t for t in found.terms if (t.kind, t.text) == (kind, text)]
    return own
