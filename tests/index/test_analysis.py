"""Texts and queries through the one analyser: offsets, lists, forks, dictionaries, stamps."""

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import Analyser, analyser_for
from index.lexicon.longer import longer_words
from index.normalise import normalise
from index.terms import run_contains
from tests.building import OWN_WORDS

FRAGMENTS = st.sampled_from(
    [
        *("삼성전자가", "늘었다", "3분기", "1조2천억원", "1,234", "3.5%", "2024-01-17", "국민의힘"),
        *("美", "韓美", "與野", "金正恩", "李", "金", "LG전자", "F-35A", "KT&G", "GPT-4o"),
        *("café", "e\u0301", "İ", "ß", "ﬁ", "㎞", "㈜", "①", "Ⅲ", "３.５", "％", "…", "·", "“"),
        *("\u1109\u1161\u11b7\u1109\u1165\u11bc", "가\u11a8", "ㄱ", "ㅋㅋ", "삼ㅅ", "\u0301"),
        *("😀", "👨\u200d👩\u200d👧", "🇰🇷", "\u200b", "\u00ad", "\ufeff", "\u200d", "\u202e"),
        *(
            "#속보",
            "@mention",
            "https://a.example/글",
            "a@b.example",
            " ",
            "\n",
            "\t",
            ".",
            "?",
            "-",
        ),
    ]
)
TEXTS = st.one_of(st.lists(FRAGMENTS, max_size=25).map("".join), st.text(max_size=60))


def kept(text: str) -> str:
    """Letters, digits and the point of a number (1,234 is 1234, the month of 2024-01-17 is 1)."""
    return "".join(c for c in text if c.isalnum() or c == ".").lstrip("0")


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_offsets_slice_back_to_the_text(text: str, analyser: Analyser) -> None:
    found = analyser.analyse(text)
    for place in (*found.terms, *found.runs):
        assert 0 <= place.start < place.end <= len(text)
    for run in found.runs:
        folded = normalise(text[run.start : run.end])
        surface, wanted = kept(folded.text.lower()), kept(run.text)
        # Of a sign that stands for several (¼, ㈜) a part is marked with the whole.
        assert wanted == surface if folded.starts is None else wanted in surface
    positions = [term.position for term in found.terms if not term.extra]
    assert positions == sorted(positions)


@pytest.mark.parametrize("sign", ["漢", "㍿"], ids=["hanja", "signs-for-hanja"])
def test_hanja_without_end_cost_nothing_behind_them(sign: str, analyser: Analyser) -> None:
    assert "삼성" in {term.text for term in analyser.analyse(sign * 5000 + " 삼성").terms}


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(TEXTS, max_size=6))
def test_lists_give_what_single_texts_give(texts: list[str], analyser: Analyser) -> None:
    assert list(analyser.analyse_many(texts)) == [analyser.analyse(text) for text in texts]


@settings(max_examples=80, deadline=None)
@given(text=TEXTS)
def test_units_of_a_query_lie_inside_it(text: str, analyser: Analyser) -> None:
    for unit in analyser.query(text).units:
        assert 0 <= unit.start < unit.end <= len(text)
        assert unit.terms


@pytest.mark.parametrize(
    ("query", "rescues"),
    [
        ("서울시장선거", [("서울시장", "서울시장선거"), ("선거", "서울시장선거")]),
        ("서울은 부산에", [("서울", "서울은"), ("부산", "부산에")]),
        # Two sentences, each of which numbers its words anew.
        ("발표. 국회", [("발표",), ("국회",)]),
        ("반도체 수출은? 국회 의원", [("반도체",), ("수출", "수출은"), ("국회",), ("의원",)]),
    ],
)
def test_a_unit_may_be_met_by_its_own_word(
    query: str, rescues: list[tuple[str, ...]], analyser: Analyser
) -> None:
    assert [unit.rescues for unit in analyser.query(query).units] == rescues


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        pytest.param("삼성전자가 실적을 발표했다", ["삼성전자", "실적", "발표"], id="no-particles"),
        pytest.param("아름다운 사람", ["아름답다", "사람"], id="lemma"),
        pytest.param("LG전자와 lg전자", ["lg", "전자", "lg", "전자"], id="scripts-apart"),
        pytest.param("1,234명", ["1234", "명", "#1234명"], id="number-with-unit"),
        pytest.param("상승률 3.5%", ["상승", "률", "3.5", "#3.5%"], id="percent"),
        pytest.param("F-35A", ["f", "35", "a", "@f35a"], id="model"),
        pytest.param("2024-01-17", ["2024", "1", "17"], id="date"),
        pytest.param("#속보", ["속보"], id="hashtag"),
        pytest.param("美 연준", ["美", "연준", "미", "미국"], id="headline-hanja"),
        pytest.param("\u1109\u1161\u11b7\u1109\u1165\u11bc", ["삼성"], id="nfd"),
        pytest.param("삼\u200b성", ["삼성"], id="zero-width"),
        pytest.param("３.５％", ["3.5", "#3.5%"], id="full-width"),
        pytest.param("😀🇰🇷!?", [], id="symbols"),
        pytest.param("x" * 5000 + " 삼성", ["삼성"], id="endless-word"),
        pytest.param("", [], id="empty"),
    ],
)
def test_terms(text: str, terms: list[str], analyser: Analyser) -> None:
    assert [term.text for term in analyser.analyse(text).terms] == terms


@pytest.mark.parametrize(
    ("text", "bigrams"),
    [
        pytest.param("서울 시장", ["서울", "울시", "시장"], id="across-a-space"),
        pytest.param("서울은 부산에", ["서울", "울부", "부산"], id="particles-are-dropped"),
        pytest.param(
            "서울을 꼭 좀 가", ["서울", "울꼭", "꼭", "꼭좀", "좀", "좀가", "가"], id="syllables"
        ),
        pytest.param("LG전자 17일", ["lg", "전자", "17", "일"], id="other-scripts-stay-whole"),
        pytest.param("발표. 국회.", ["발표", "국회"], id="not-across-sentences"),
    ],
)
def test_side_bigrams(text: str, bigrams: list[str], analyser: Analyser) -> None:
    assert list(analyser.analyse(text).side) == bigrams


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        (
            "\u1109\u1161\u11b7\u1109\u1165\u11bc 실적",
            ["\u1109\u1161\u11b7\u1109\u1165\u11bc", "실적"],
        ),
        ("😀삼성 😀😀실적", ["삼성", "실적"]),
        ("삼\u00ad성 실적", ["삼\u00ad성", "실적"]),
        ("매출이 크게 늘었다.", ["매출", "크게", "늘었다"]),
        ("㈜카카오", ["㈜", "카카오"]),
    ],
    ids=["nfd", "emoji", "soft-hyphen", "verb-with-endings", "one-to-many"],
)
def test_surfaces(text: str, surfaces: list[str], analyser: Analyser) -> None:
    found = analyser.analyse(text).terms
    assert [text[t.start : t.end] for t in found if not t.extra] == surfaces


def test_positions_keep_a_gap_for_particles_and_sentences(analyser: Analyser) -> None:
    def gap(text: str) -> int:
        first, second = analyser.analyse(text).terms
        return second.position - first.position

    assert (gap("서울 시장"), gap("서울의 시장")) == (1, 2)
    assert gap("서울. 시장.") > 10


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("언제 금리를 내리나", ["금리", "내리다"]),
        ("언제", ["언제"]),
        ("반도체 수출", ["반도체", "수출"]),
    ],
)
def test_question_words_ask_for_nothing(query: str, kept: list[str], analyser: Analyser) -> None:
    found = [unit.terms[0][0] for unit in analyser.query(query).units]
    assert found == kept


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        # A word alone is rather a noun ...
        ("가지", ["가지"]),
        ("끝내기", ["끝내기"]),
        # ... but not where that is far less likely, nor a verb as dictionaries have it.
        ("늘어난", ["늘어나다"]),
        ("가다", ["가다"]),
        ("예쁜", ["예쁘다"]),
        # An auxiliary verb alone is the verb.
        ("있다", ["있다"]),
        # With a word beside it the text decides.
        ("가지 못한 길", ["가다", "길"]),
    ],
)
def test_one_word_alone_is_rather_a_noun(query: str, terms: list[str], analyser: Analyser) -> None:
    assert [unit.terms[0][0] for unit in analyser.query(query).units] == terms


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("브래킷이란 무엇인가", "브래킷"),
        # 이 is of the word where the word is known, or where its syllable before is open.
        ("고양이란 무엇인가", "고양이"),
        ("브라이란 무엇인가", "브라이"),
    ],
)
def test_particles_take_their_first_syllable_back(text: str, word: str, analyser: Analyser) -> None:
    assert analyser.analyse(text).terms[0].text == word
    assert text[slice(*_place(text, analyser))] == word


def _place(text: str, analyser: Analyser) -> tuple[int, int]:
    first = analyser.analyse(text).terms[0]
    return first.start, first.end


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("전고체 배터리", ["전고체", "배터리"]),
        ("총자산이 늘었다", ["총자산"]),
        ("아주 새 정부", ["정부"]),
        ("더불어민주당은", ["더불어민주당"]),
    ],
)
def test_noun_runs_take_in_modifiers(text: str, runs: list[str], analyser: Analyser) -> None:
    assert [run.text for run in analyser.analyse(text).runs] == runs


@pytest.mark.parametrize(
    ("run", "wanted", "contains"),
    [
        ("세종대학교", "대학교", True),
        ("117일", "17일", False),
        ("xpressbet", "bet", False),
        # By chance
        ("대전시", "전시", False),
        ("대전시전시관", "전시", True),
        ("무형문화재", "화재", False),
        ("안전시설", "전시", True),
    ],
)
def test_run_contains(run: str, wanted: str, contains: bool) -> None:
    assert run_contains(run, wanted) is contains


def test_longer_words_hold_the_word() -> None:
    for word, longer in longer_words().items():
        for other, place in longer:
            assert other[place : place + len(word)] == word != other


@pytest.mark.parametrize(
    ("query", "respaced"),
    [
        ("반도체수출", "반도체 수출"),
        ("반 도 체 수출", "반도체 수출"),
        ("3분기", "3분기"),
        # One word, but for what stands behind it: Kiwi is not asked again.
        ("나스닥이", "나스닥이"),
        ("발표했다", "발표했다"),
        ("HBM", "HBM"),
        # Kiwi would write 커큐 민, though it reads a name.
        ("커큐민", "커큐민"),
        # Words that Kiwi does not know are others to it where it looks for spaces.
        ("온디바이스", "온 디바이스"),
        ("업사이클의", "업 사이클의"),
        # One name in its dictionary, of several words.
        ("스탠더드앤드푸어스", "스탠더드 앤드 푸어스"),
        ("", ""),
    ],
)
def test_respaced(query: str, respaced: str, analyser: Analyser) -> None:
    assert analyser.respaced(query) == respaced


def _analyse_in_child(queue: "multiprocessing.Queue[list[str]]") -> None:
    queue.put([term.text for term in analyser_for().analyse("반도체 수출").terms])


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_analyses_single_texts(analyser: Analyser) -> None:
    # As a server does that loads before it forks its workers.
    analyser.warm_up()
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    child = fork.Process(target=_analyse_in_child, args=(queue,))
    child.start()
    try:
        assert queue.get(timeout=30) == ["반도체", "수출"]
    finally:
        child.kill()
        child.join()


def dictionary(folder: Path, content: str | bytes) -> Path:
    path = folder / "words.tsv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_user_words_stay_whole_and_change_the_stamp(tmp_path: Path, analyser: Analyser) -> None:
    own = analyser_for(dictionary(tmp_path, f"\ufeff\n{OWN_WORDS}"))
    assert own.analyse("가온누리당이 논평을 냈다").terms[0].text == "가온누리당"
    assert own.stamp != analyser.stamp
    assert Analyser(dictionary(tmp_path, "가온누리당\n")).stamp != own.stamp
    assert Analyser().stamp == analyser.stamp


def test_one_analyser_for_the_same_words(tmp_path: Path, analyser: Analyser) -> None:
    first = dictionary(tmp_path, "가온누리당\n")
    own = analyser_for(first)
    assert own is not analyser is analyser_for()
    # Wherever the file lies, and with other comments
    (tmp_path / "below").mkdir()
    other = dictionary(tmp_path / "below", "# 정당\n가온누리당\n")
    assert analyser_for(tmp_path / "below" / ".." / "words.tsv") is analyser_for(other) is own
    # As the file is now
    dictionary(tmp_path, "나래당\n")
    assert analyser_for(first).stamp != own.stamp
