"""From the bytes of a file to an article."""

from datetime import datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import ArticleError, article_id
from tests.building import SEOUL, article_of, read_article


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("posts/a.md", "posts/a"),
        ("posts/a.markdown", "posts/a"),
        ("posts/a/index.md", "posts/a"),
        ("index.md", "index"),
        ("posts/a.b.MD", "posts/a.b"),
        ("posts/\u1112\u1161\u11ab글.md", "posts/한글"),
        ("posts/index-of.md", "posts/index-of"),
    ],
)
def test_id(path: str, key: str) -> None:
    assert article_id(path) == key


@pytest.mark.parametrize(
    ("block", "title"),
    [
        ("title: 금리  동결", "금리 동결"),
        ('title: "그는 \\"좋다\\"고 했다"', '그는 "좋다"고 했다'),
        ("title: No", "No"),
        ("title: 2025", "2025"),
        ("title: 2025-01-01", "2025-01-01"),
        ("TITLE: a", "a"),
        ("title: \u1100\u1161", "가"),
        ("draft: false", "첫 제목"),
        ("title: ''", "첫 제목"),
        ("title: null", "첫 제목"),
        ("title: 'null'", "null"),
    ],
)
def test_title(block: str, title: str) -> None:
    assert article_of(block, "문단\n\n# 첫  제목\n\n# 둘째").title == title


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("posts/금리-동결.md", "금리 동결"),
        ("posts/2025-01-02-rate_cut.md", "rate cut"),
        ("posts/2025-01-02/index.md", "2025-01-02"),
    ],
)
def test_title_of_the_file_name(path: str, title: str) -> None:
    assert read_article("본문뿐이다.", path)[0].title == title


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("# 제목\n\n## 부제\n\n글", "글", id="title-and-subtitle"),
        pytest.param("## 부제\n\n글", "글", id="subtitle"),
        pytest.param("# 제목!\n\n글", "글", id="punctuation"),
        pytest.param("글\n\n# 제목", "글\n제목", id="later-stays"),
        pytest.param("# 제목 풀이\n\n글", "제목 풀이\n글", id="longer-stays"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_repeated_title_block_is_dropped(body: str, text: str) -> None:
    assert article_of("title: 제목\nsubtitle: 부제", body).body == text


def test_headings_are_spans_of_the_body() -> None:
    found = article_of("title: t", "# 첫째\n\n글\n\n## 둘째")
    assert [found.body[start:end] for start, end in found.headings] == ["첫째", "둘째"]


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        pytest.param(b"", 0, "is empty", id="empty"),
        pytest.param(b" \n\n", 0, "is empty", id="blank"),
        pytest.param(b"---\n", 1, "broken front matter", id="dashes-only"),
        pytest.param("{중괄호} 글".encode(), 1, "broken front matter", id="braces-only"),
        pytest.param(b"\x89PNG\x00\x00", 0, "binary", id="binary"),
        pytest.param(b"a" * (10 * 2**20 + 1), 0, "larger than 10 MiB", id="too-large"),
    ],
)
def test_what_gives_no_article(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(ArticleError, match=reason) as error:
        read_article(data)
    assert (error.value.path, error.value.line) == ("posts/a.md", line)


def test_salvaged_articles_keep_what_can_be_read() -> None:
    text = '---\ntitle: "그는 "좋다"\ndate: 2025-01-02\ndraft: true\n---\n본문이다.'
    found, problems = read_article(text)
    assert (found.title, found.body, found.draft) == ('그는 "좋다', "본문이다.", True)
    assert found.date == datetime(2025, 1, 2, tzinfo=SEOUL)
    assert [(p.file, p.line) for p in problems] == [("posts/a.md", 2)]


def test_no_field_holds_what_is_no_text() -> None:
    found = read_article(
        '{"title": "가\\ud800\\u0000나", "tags": ["\\udc00다"], "slug": "\\ud800"}\n본문'
    )[0]
    assert (found.title, found.tags) == ("가나", ("다",))
    found.url.encode()


PARTS = st.sampled_from(
    [
        *(
            "---\n",
            "+++\n",
            "{",
            "}",
            '"title": "가",',
            "title: 가\n",
            "title = '가'\n",
            "date: ",
            "2025-02-30",
        ),
        *(
            "draft: true\n",
            "tags: [",
            "]",
            "author:\n  name: 김\n",
            "images: ",
            "javascript:x",
            "url: /x\n",
        ),
        *(
            "# 제목\n",
            "|a|b|\n|-|-|\n",
            "{{< figure caption='x' >}}",
            "<!--",
            "-->",
            "<p>",
            "```\n",
            "[^1]",
        ),
        *(
            "\r\n",
            "\r",
            "\n",
            "\x00",
            "\ufeff",
            "\ud800",
            "\u1100\u1161",
            "\u200b",
            "\u2028",
            "\\",
            '"',
            "'",
        ),
        *(
            "&#xD800;",
            "\\ud800",
            "![](",
            "](",
            ")",
            ": ",
            "- ",
            "&a ",
            "*a",
            "!!python/object:x ",
            "%",
            "@",
        ),
    ]
)
FILES = st.one_of(
    st.lists(PARTS, max_size=30).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")),
    st.binary(max_size=200),
    st.text(max_size=100).map(lambda text: text.encode("utf-16")),
)


@settings(max_examples=300, deadline=None)
@given(data=FILES)
def test_any_bytes_give_an_article_or_a_reason(data: bytes) -> None:
    try:
        found, problems = read_article(data)
    except ArticleError:
        return
    # Everything in it can be stored and sent.
    orjson.dumps([found, problems])
    assert found.title
    assert found.url.startswith(("https://", "http://"))


@pytest.mark.parametrize("form", ["crlf", "cr", "utf-16", "euc-kr"])
def test_every_encoding_gives_the_same_article(form: str) -> None:
    text = "---\ntitle: 제목\ndescription: |\n  가\n  나\n---\n\n첫째.\n\n둘째.\n"
    ends = {"crlf": "\r\n", "cr": "\r"}.get(form, "\n")
    data = text.replace("\n", ends).encode(form if "-" in form else "utf-8")
    assert read_article(data)[0] == read_article(text)[0]


def test_the_seed_article(shared: Path) -> None:
    path = shared / "corpus/seed-article.md"
    found, problems = read_article(path.read_bytes(), "posts/2025/07/0000008.md")
    assert problems == ()
    assert found.subtitle == (
        "챗GPT 개발사가 구글과 손잡았다 · AI 경쟁자끼리 이례적 협력 배경은 · "
        "클라우드 전쟁의 다음 무대는 어디인가"
    )
    assert found.body.startswith("사진 = 연합뉴스 / 뉴스1\nAI 업계에서 가장 눈에 띄는")
    assert found.body.endswith("더 치열한 속도전에 돌입할 것으로 보인다.")
    assert [found.body[a:b] for a, b in found.headings] == [
        "경쟁보다 절실했던 연산력 확보",
        "구글에겐 경쟁자이자 고객이 된 오픈AI",
        "클라우드 없인 존재할 수 없는 AI 산업",
    ]
    assert (found.authors, found.categories) == (("김한수",), ("자동차",))
    assert found.image.endswith("OpenAI-and-Google-Contract-1-1024x576.jpg")


def test_every_article_of_a_real_archive(shared: Path) -> None:
    root = shared / "corpus/hugo/content"
    paths = sorted(root.rglob("*.md"))
    assert len(paths) == 420
    found = [read_article(path.read_bytes(), str(path.relative_to(root)))[0] for path in paths]
    assert [a.id for a in found if not a.title] == []
    # One page of it is a note without front matter, one post ends with its front matter.
    assert [a.id for a in found if not a.date] == ["posts/DEBATE_ASSEMBLER_STEP_COMPLETE"]
    assert [a.id for a in found if not a.body] == ["posts/2025-12-30-07-market-insight"]
