"""Marks and snippets: only <mark> is markup, and nothing is lost or torn apart."""

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import spans
from index.analysis import Analyser
from index.document import texts_of, to_document
from index.terms import Runs, Term, Terms
from search.engine import Statistics
from search.highlight import highlights
from search.marks import Marker
from search.plan import TermIs
from search.planner import Planner
from search.request import Highlights
from tests.building import SEOUL, analysed_by, article

MARK = re.compile(r"</?mark>")


def planner(analyser: Analyser) -> Planner:
    """A planner for an index that knows no word."""
    return Planner(analyser, SEOUL, lambda terms, visible_at: Statistics(1, {}))


def shown(
    analyser: Analyser, q: str, *, snippets: int = 2, length: int = 120, **texts: str
) -> Highlights:
    """The highlights of an article for a query."""
    one = article(**texts)
    document = to_document(one, analysed_by(analyser, texts_of(one)), SEOUL)
    record: Any = {**document.record, "spans": document.spans}
    marked = planner(analyser).plan(q, None).marked
    (found,) = highlights([record], Marker(marked), snippets=snippets, length=length)
    return found


def plain(html: str) -> str:
    """What a reader sees of it."""
    return unescape(MARK.sub("", html))


@pytest.mark.parametrize(
    ("q", "title", "html"),
    [
        # Nouns without their particles
        ("구글", "구글과 손잡았다", "<mark>구글</mark>과 손잡았다"),
        ("학교", "학교에서는 학교를", "<mark>학교</mark>에서는 <mark>학교</mark>를"),
        ("삼성전자", "삼성전자가 웃었다", "<mark>삼성전자</mark>가 웃었다"),
        # Verbs and adjectives whole
        ("늘다", "매출이 늘었다", "매출이 <mark>늘었다</mark>"),
        ("돕는", "이웃을 도왔다", "이웃을 <mark>도왔다</mark>"),
        ("아름다운", "아름다웠던 날", "<mark>아름다웠던</mark> 날"),
        # Touching marks are one, neighbours are two.
        ("반도체 수출", "반도체수출이 늘었다", "<mark>반도체수출</mark>이 늘었다"),
        ("반도체 수출", "반도체 수출", "<mark>반도체</mark> <mark>수출</mark>"),
        ("반도체 반도체수출", "반도체수출", "<mark>반도체수출</mark>"),
        # One syllable of a longer word beside its neighbour only
        ("방산주", "수혜주인 방산주", "수혜주인 <mark>방산주</mark>"),
        ("삼전", "중동전, 삼전", "중동전, <mark>삼전</mark>"),
        ("원달러", "원/달러 1,500원", "<mark>원</mark>/<mark>달러</mark> 1,500원"),
        ("원/달러", "원달러 1,500원", "<mark>원달러</mark> 1,500원"),
        ("300조 원", "3원에서 300조 원", "3원에서 <mark>300조</mark> <mark>원</mark>"),
        ("300조원", "3원에서 300조 원", "3원에서 <mark>300조</mark> <mark>원</mark>"),
        ("금 값", "금의 값", "<mark>금</mark>의 <mark>값</mark>"),
        # A hanja and what it means; what it may be read as is any syllable.
        ("日", "일을 하는 日, 일본", "일을 하는 <mark>日</mark>, <mark>일본</mark>"),
        ("與", "여 대표와 여당", "여 대표와 <mark>여당</mark>"),
        # Phrases where they stand, prefixes, alternatives
        ('"구글 클라우드"', "구글 클라우드를", "<mark>구글 클라우드</mark>를"),
        ('"구글 클라우드"', "구글의 클라우드", "구글의 클라우드"),
        ("클라*", "클라우드를 쓴다", "<mark>클라우드</mark>를 쓴다"),
        ("구글 OR 애저", "구글과 애저", "<mark>구글</mark>과 <mark>애저</mark>"),
        # What is not asked for in this field, or asked not to be there, is not marked.
        ("body:구글", "구글 소식", "구글 소식"),
        ("소식 -구글", "구글 소식", "구글 <mark>소식</mark>"),
        ("author:구글", "구글 소식", "구글 소식"),
        ("", "구글 소식", "구글 소식"),
        # Markup in texts is text.
        ("구글", "<b>구글</b> & 'co'", "&lt;b&gt;<mark>구글</mark>&lt;/b&gt; &amp; &#x27;co&#x27;"),
        ("mark", "<mark>", "&lt;<mark>mark</mark>&gt;"),
        ("KT&G", 'KT&G "주가"', "<mark>KT&amp;G</mark> &quot;주가&quot;"),
        ("실적", "😀삼성 😀😀실적", "😀삼성 😀😀<mark>실적</mark>"),
    ],
)
def test_titles(q: str, title: str, html: str, analyser: Analyser) -> None:
    assert shown(analyser, q, title=title).title == html


NASTY = st.lists(
    st.sampled_from(
        [
            *(
                "구글",
                "클라우드",
                "과",
                " ",
                "\n",
                ". ",
                "<",
                ">",
                "&",
                '"',
                "'",
                "늘었다",
                "1,234억원",
            ),
            *(
                "<mark>",
                "</mark>",
                "<script>",
                "&amp;",
                "F-35A",
                "😀",
                "中",
                "ㄱ",
                "\u1100\u1161",
                "a",
            ),
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(
    title=NASTY,
    body=NASTY,
    q=st.one_of(NASTY, st.sampled_from(["구글", "구글 클라우드", "늘다", "mark", "a*"])),
    snippets=st.integers(0, 5),
    length=st.integers(20, 60),
)
def test_only_marks_are_markup(
    title: str, body: str, q: str, snippets: int, length: int, analyser: Analyser
) -> None:
    found = shown(
        analyser, q, title=title, subtitle=body, body=body, snippets=snippets, length=length
    )
    assert plain(found.title) == title
    assert plain(found.subtitle) == body
    assert len(found.body) <= snippets
    for html in (found.title, found.subtitle, *found.body):
        inside = MARK.sub("", html)
        assert "<" not in inside
        assert ">" not in inside
        assert '"' not in inside
        assert re.fullmatch(r"(?:[^<]|<mark>[^<]+</mark>(?!<mark>))*", html)
        assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", inside)
    for html in found.body:
        for piece in re.split(r" · |…| ", plain(html)):
            assert piece.strip() in body


LONG = " ".join(f"{n}번째 문장은 여기에서 조용히 끝난다." for n in range(60))


@pytest.mark.parametrize("count", range(6))
def test_as_many_snippets_as_asked_for(count: int, analyser: Analyser) -> None:
    body = LONG.replace("3번째", "구글 3번째").replace("30번째", "구글 30번째")
    assert body.count("구글") > 5
    found = shown(analyser, "구글", body=body, snippets=count, length=40).body
    assert len(found) == count
    assert all("<mark>구글</mark>" in snippet for snippet in found)
    places = [body.index(plain(snippet).strip("… ")) for snippet in found]
    assert places == sorted(places)


@pytest.mark.parametrize("length", [20, 60, 120, 500])
def test_snippets_keep_to_their_length(length: int, analyser: Analyser) -> None:
    body = LONG.replace("30번째", "구글 30번째")
    (snippet,) = shown(analyser, "구글", body=body, snippets=2, length=length).body
    text = plain(snippet)
    assert len(text.strip("… ")) <= length
    assert len(text) > length * 0.4


def test_snippets_begin_and_end_with_sentences(analyser: Analyser) -> None:
    body = LONG.replace("30번째", "구글 30번째")
    (snippet,) = shown(analyser, "구글", body=body, snippets=1, length=120).body
    assert re.match(r"\d+번째 ", plain(snippet))
    assert snippet.endswith("끝난다.")


@pytest.mark.parametrize(
    ("body", "snippet"),
    [
        ("구글이 왔다.", "<mark>구글</mark>이 왔다."),
        ("  구글이 왔다.  ", "<mark>구글</mark>이 왔다."),
        ("소제목\n구글이 왔다.", "소제목 · <mark>구글</mark>이 왔다."),
        ("끝났다.\n구글이 왔다.", "끝났다. <mark>구글</mark>이 왔다."),
        ("“끝났다.”\n구글", "“끝났다.” <mark>구글</mark>"),
        ("하나\n\n구글\n셋", "하나 · <mark>구글</mark> · 셋"),
        ("“구글이 왔다.” 그가 말했다. " + "아" * 60, "“<mark>구글</mark>이 왔다.” 그가 말했다."),
        (
            "나라 " * 40 + "구글 " + "나라 " * 40,
            "… 나라 나라 나라 나라 <mark>구글</mark> 나라 나라 나라 나라 나라 …",
        ),
        ("나라 " * 40 + "구글", "… 나라 나라 나라 나라 <mark>구글</mark>"),
        ("나라 " * 40 + "끝.\n구글이 왔다", "<mark>구글</mark>이 왔다"),
    ],
)
def test_where_snippets_are_cut(body: str, snippet: str, analyser: Analyser) -> None:
    assert shown(analyser, "구글", body=body, snippets=1, length=30).body[0] == snippet


def test_a_closing_quotation_mark_stays_with_its_sentence(analyser: Analyser) -> None:
    body = "구글 대표가 “올해는 정말로 다르다.” " + "나라 " * 40
    (snippet,) = shown(analyser, "구글", body=body, snippets=1, length=25).body
    assert plain(snippet) == "구글 대표가 “올해는 정말로 다르다.”"


def test_a_text_without_spaces_is_cut_too(analyser: Analyser) -> None:
    body = "가" * 500 + "구글" + "나" * 500
    found = shown(analyser, "구글*", body=body, snippets=2, length=50).body
    assert all(len(plain(snippet)) <= 50 + 4 for snippet in found)
    assert found


def test_without_a_match_the_beginning_is_shown(analyser: Analyser) -> None:
    (snippet,) = shown(analyser, "쿼카", body=LONG, snippets=3, length=60).body
    assert LONG.startswith(snippet)
    assert snippet.endswith(".")
    assert shown(analyser, "쿼카", body="", snippets=3).body == ()


def test_a_mark_that_nothing_can_be_shown_of() -> None:
    # No analyser makes such a term; a file that another program wrote may hold it.
    body, blank = "반도체 소식\n \n", Term(" ", 1, 7, 8)
    terms = Terms([blank.text], [blank.position], [blank.start], [blank.end], 1)
    nothing = ("", Terms([], [], [], [], 0), Runs([], [], []))
    packed = spans.encode([nothing, nothing, (body, terms, Runs([], [], []))])
    record: Any = {"title": "", "subtitle": "", "body": body, "spans": packed}
    (found,) = highlights([record], Marker([TermIs(" ")]), snippets=2, length=120)
    assert found.body == ("반도체 소식",)


def test_the_snippet_has_most_of_the_different_words(analyser: Analyser) -> None:
    body = "구글 구글 구글이 왔다. " + LONG + " 구글 클라우드가 왔다. " + LONG
    (snippet,) = shown(analyser, "구글 클라우드", body=body, snippets=1, length=40).body
    assert "<mark>클라우드</mark>" in snippet


def test_the_second_snippet_shows_what_the_first_does_not(analyser: Analyser) -> None:
    body = f"구글이 왔다. {LONG} 구글이 왔다. {LONG} 클라우드가 왔다. {LONG}"
    found = shown(analyser, "구글 클라우드", body=body, snippets=2, length=40).body
    assert "<mark>구글</mark>" in found[0]
    assert "<mark>클라우드</mark>" in found[1]


@settings(max_examples=50, deadline=None)
@given(
    bodies=st.lists(NASTY, max_size=4), q=st.sampled_from(("구글", "1,234억", "늘다 a", "클라*"))
)
def test_a_page_is_marked_as_each_of_its_articles(
    bodies: list[str], q: str, analyser: Analyser
) -> None:
    records: list[Any] = []
    for body in bodies:
        one = article(title=body[:9], body=body)
        document = to_document(one, analysed_by(analyser, texts_of(one)), SEOUL)
        records.append({**document.record, "spans": document.spans})
    marker = Marker(planner(analyser).plan(q, None).marked)
    assert marker.marks(records) == [marker.marks([record])[0] for record in records]


FILLER = "딴 이야기다. " * 20


@pytest.mark.parametrize(
    ("body", "snippet"),
    [
        (f"첫 문장. (출처: 구글, 2026년)\n{FILLER}구글은 웃었다.", "<mark>구글</mark>은 웃었다."),
        ("본문이다. (자료=구글)", "본문이다. (자료=<mark>구글</mark>)"),
        (f"{FILLER}앞이다. (사진=로이터) 구글은 웃었다.", "<mark>구글</mark>은 웃었다."),
    ],
    ids=["the text rather than a credit", "a credit where nothing else is", "a credit ends before"],
)
def test_credits(body: str, snippet: str, analyser: Analyser) -> None:
    found = shown(analyser, "구글", body=body, snippets=1, length=24).body[0]
    assert found.removeprefix("딴 이야기다. ") == snippet
