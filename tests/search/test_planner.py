"""What a query finds: units, phrases, exclusions, alternatives, fields, prefixes."""

import pytest

from index.analysis import Analyser
from search.request import SearchRequest
from search.service import SearchService
from tests.building import article, build_index, day, service_for

TEXTS = {
    # Phrases
    "cloud": {"body": "구글 클라우드를 쓰는 회사가 늘었다."},
    "of": {"body": "구글의 클라우드 사업을 살펴봤다."},
    "apart": {"body": "구글. 클라우드는 다른 문장이다."},
    "bed": {"body": "적과의 동침이라는 말이 나왔다."},
    "bed-2": {"body": "적의 동침을 본 사람은 없다."},
    "seoul": {"body": "서울 시장은 오늘 회견을 열었다."},
    "seoul-2": {"body": "서울의 시장은 붐볐다."},
    "university": {"body": "세종대학교 총장이 취임했다."},
    "finance": {"body": "금융 시장이 흔들렸다."},
    # Fields
    "title": {"title": "반도체 호황", "body": "본문에는 다른 말이 있다."},
    "subtitle": {"title": "경기 전망", "subtitle": "반도체가 이끈다", "body": "본문이다."},
    "body": {"title": "수출 동향", "body": "반도체 값이 올랐다."},
    "export": {"title": "반도체 수출 증가", "body": "배터리 공장도 섰다."},
    # Facets and dates
    "kim": {
        "body": "배터리 공장이 섰다.",
        "authors": ("김한수",),
        "categories": ("경제",),
        "tags": ("Battery",),
        "date": day("2025-07-17", 9),
    },
    "lee": {"body": "배터리 값이 내렸다.", "authors": ("이영희",), "date": day("2025-03-31", 23)},
    "undated": {"body": "배터리 재활용이 늘었다.", "date": None},
    "model": {"body": "공군이 F-35A 전투기를 들여왔다."},
}


@pytest.fixture(scope="module")
def service(analyser: Analyser, tmp_path_factory: pytest.TempPathFactory) -> SearchService:
    folder = tmp_path_factory.mktemp("planner")
    build_index(folder, [article(key, **values) for key, values in TEXTS.items()])
    return service_for(folder, analyser)


def found(service: SearchService, q: str) -> set[str]:
    """The ids of all hits, of which each must be counted."""
    answer = service.search(SearchRequest(q=q, per_page=100))
    ids = {hit.id for hit in answer.hits}
    assert answer.total == len(ids) == len(answer.hits)
    return ids


BATTERY = {"kim", "lee", "undated", "export"}
CHIPS = {"title", "subtitle", "body", "export"}


@pytest.mark.parametrize(
    ("q", "ids"),
    [
        # Phrases: the same distances, the last particle free.
        ('"구글 클라우드"', {"cloud"}),
        ("“구글 클라우드”", {"cloud"}),
        ('"구글 클라우드를"', {"cloud"}),
        ('"구글의 클라우드"', {"of"}),
        ("구글 클라우드", {"cloud", "of", "apart"}),
        ('"적과의 동침"', {"bed"}),
        ('"적의 동침"', {"bed-2"}),
        ('"서울 시장"', {"seoul"}),
        ('"서울의 시장"', {"seoul-2"}),
        # A quoted string without spaces may stand inside a noun run, if it is no mere syllable.
        ('"대학교"', {"university"}),
        ('"종대학"', {"university"}),
        ('"종대학."', {"university"}),
        ('"금"', set()),
        ('"구글"', {"cloud", "of", "apart"}),
        # Exclusions
        ("구글 -구글의", set()),
        ("클라우드 -문장", {"cloud", "of"}),
        ('클라우드 -"구글 클라우드"', {"of", "apart"}),
        ("클라우드 -(사업 OR 문장)", {"cloud"}),
        ("배터리 -author:김한수", BATTERY - {"kim"}),
        ("배터리 -title:반도체", BATTERY - {"export"}),
        ("-배터리 -구글 -반도체 -시장 -대학교 -동침 -F35A", set()),
        # Alternatives
        ("구글 OR 배터리", {"cloud", "of", "apart"} | BATTERY),
        ("(구글 사업) OR (배터리 값)", {"of", "lee"}),
        ('"서울 시장" OR "적과의 동침"', {"seoul", "bed"}),
        ("배터리 (공장 OR 재활용)", {"kim", "undated", "export"}),
        ("배터리 (공장 OR -값)", {"kim", "undated", "export"}),
        # Text fields
        ("반도체", CHIPS),
        ("title:반도체", {"title", "export"}),
        ("subtitle:반도체", {"subtitle"}),
        ("body:반도체", {"body"}),
        ('title:"반도체 수출"', {"export"}),
        ("title:(수출 OR 호황)", {"title", "body", "export"}),
        ("title:반도체 배터리", {"export"}),
        # Facets: case-folded, from macOS too
        ("author:김한수", {"kim"}),
        ("author:\u1100\u1175\u11b7\u1112\u1161\u11ab\u1109\u116e", {"kim"}),
        ("author:(김한수 OR 이영희)", {"kim", "lee"}),
        ("배터리 category:경제", {"kim"}),
        ("tag:battery", {"kim"}),
        ("author:없는사람", set()),
        # Dates in the zone of the archive, both sides inclusive
        ("배터리 date:2025-07", {"kim"}),
        ("배터리 date:2025-07-17", {"kim"}),
        ("배터리 date:2025-03-31..2025-07-17", {"kim", "lee"}),
        ("배터리 date:2025-02..", {"kim", "lee"}),
        ("배터리 date:2025-02..2025-03", {"lee"}),
        ("배터리 date:..2025-03", {"lee", "export"}),
        ("배터리 -date:2025", {"undated"}),
        # Prefixes
        ("배터*", BATTERY),
        ("배터* -공장", {"lee", "undated"}),
        ("세종*", {"university"}),
        ("f*", {"model"}),
        ("title:반도*", {"title", "export"}),
        # Spellings of one thing
        ("F35A", {"model"}),
        ("f-35a", {"model"}),
        ("Ｆ-３５Ａ", {"model"}),
        ("세종 대학교", {"university"}),
        ("구글클라우드", {"cloud", "of", "apart"}),
        # Words that no index holds find nothing alone and are free beside others.
        ("우리", set()),
        ("우리 배터리", BATTERY),
        ("😀", set()),
        ("쿼카", set()),
    ],
)
def test_found(q: str, ids: set[str], service: SearchService) -> None:
    assert found(service, q) == ids


@pytest.mark.parametrize("q", ["", "   ", '"', "()", "-", "OR", "*", "?!", "author:", "\x00"])
def test_a_query_that_asks_for_nothing_finds_everything(q: str, service: SearchService) -> None:
    assert found(service, q) == set(TEXTS)


def test_a_pasted_paragraph_is_matched_by_its_most_telling_words(
    service: SearchService,
) -> None:
    """Thirty-two of sixty words, those that some article has among them."""
    words = [f"q{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(60)]
    pasted = " ".join([*words[:40], "배터리", *words[40:]])
    _, plan = service.planned(SearchRequest(q=pasted))
    assert [unit.text for unit in plan.readings[0].units] == [*words[:31], "배터리"]
