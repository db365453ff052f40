"""From the bytes of a file to an article, field by field."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from index.article import Article, ArticleError, Problem, article_id, parse_article
from index.bylines import names
from index.settings import FIELD_KEYS
from index.site import Site

ZONE = ZoneInfo("Asia/Seoul")


def site(**values: Any) -> Site:
    plain: dict[str, Any] = {
        "base_url": "https://news.example/",
        "permalinks": {},
        "ugly_urls": False,
        "timezone": ZONE,
    }
    return Site(**(plain | values))


def read(
    text: str | bytes,
    path: str = "posts/a.md",
    cascade: Mapping[str, object] | None = None,
    **of_site: Any,
) -> tuple[Article, tuple[Problem, ...]]:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_article(data, path, site(**of_site), cascade)


def front(block: str, body: str = "본문이다.", **of_site: Any) -> Article:
    return read(f"---\n{block}\n---\n{body}", **of_site)[0]


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
        ("title: null", "null"),
    ],
)
def test_title(block: str, title: str) -> None:
    assert front(block, "문단\n\n# 첫  제목\n\n# 둘째").title == title


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("posts/금리-동결.md", "금리 동결"),
        ("posts/2025-01-02-rate_cut.md", "rate cut"),
        ("posts/2025-01-02/index.md", "2025-01-02"),
    ],
)
def test_title_of_the_file_name(path: str, title: str) -> None:
    assert read("본문뿐이다.", path)[0].title == title


@pytest.mark.parametrize(
    ("block", "subtitle"),
    [
        pytest.param("subtitle: 가\ndescription: 나", "가", id="best-key"),
        pytest.param("lead: 라\nsummary: 다", "다", id="order-of-keys"),
        pytest.param("subtitle: ''\ndescription: 나", "나", id="empty-is-none"),
        pytest.param('description: "\n## 가\n나\n다\n..."', "가 · 나 · 다", id="lines"),
        pytest.param("description: |\n  ## 가\n  **나** `다`", "가 · 나 다", id="marks"),
        pytest.param("description: 결과는 어디로...", "결과는 어디로", id="dots"),
        pytest.param("description: 결과는 …", "결과는", id="ellipsis"),
        pytest.param("description: [가, 나]", "가 · 나", id="list"),
        pytest.param("title: a", "", id="none"),
    ],
)
def test_subtitle(block: str, subtitle: str) -> None:
    assert front(block).subtitle == subtitle


@pytest.mark.parametrize(
    ("block", "authors"),
    [
        pytest.param("author: 김한수", ("김한수",), id="string"),
        pytest.param("author: 김한수 기자 hsk@example.com", ("김한수",), id="byline"),
        pytest.param("author: [김한수, 이영희]", ("김한수", "이영희"), id="list"),
        pytest.param("author:\n  name: 김한수\n  email: a@b.c", ("김한수",), id="mapping"),
        pytest.param(
            "authors:\n- name: 김한수\n- name: 이영희", ("김한수", "이영희"), id="mappings"
        ),
        pytest.param(
            "author: 김한수\nauthors: [이영희, 김한수]", ("김한수", "이영희"), id="both-keys"
        ),
        pytest.param("author: 편집부", ("편집부",), id="desk"),
        pytest.param("author: ''", (), id="empty"),
    ],
)
def test_authors(block: str, authors: tuple[str, ...]) -> None:
    assert front(block).authors == authors


@pytest.mark.parametrize(
    ("byline", "people"),
    [
        ("김한수 기자", ["김한수"]),
        ("김한수 기자 hsk@example.com", ["김한수"]),
        ("김한수 기자 <hsk@example.com>", ["김한수"]),
        ("[서울=연합뉴스] 김한수 기자", ["김한수"]),
        ("서울=김한수 특파원", ["김한수"]),
        ("김한수 선임기자", ["김한수"]),
        ("글·사진 김한수", ["김한수"]),
        ("김한수(경제부)", ["김한수"]),
        ("김한수·이영희 기자", ["김한수", "이영희"]),
        ("김한수 기자, 이영희 기자", ["김한수", "이영희"]),
        ("By Jane Doe", ["Jane Doe"]),
        ("Jane Doe and John Roe", ["Jane Doe", "John Roe"]),
        ("Black & White Agents", ["Black & White Agents"]),
        ("편집부", ["편집부"]),
        ("기자", ["기자"]),
        ("AI/데이터팀", ["AI/데이터팀"]),
        ("", []),
    ],
)
def test_names(byline: str, people: list[str]) -> None:
    assert names(byline) == people


@pytest.mark.parametrize(
    ("block", "tags"),
    [
        pytest.param("tags: [뉴스, 이슈]", ("뉴스", "이슈"), id="list"),
        pytest.param("tags: 뉴스, 이슈", ("뉴스", "이슈"), id="string"),
        pytest.param("tag: 뉴스", ("뉴스",), id="singular"),
        pytest.param("tags: ['1,234호']", ("1,234호",), id="comma-in-a-list"),
        pytest.param("tags: [AI, ai, ' AI ']", ("AI",), id="one-spelling"),
        pytest.param("tags: [[뉴스], [이슈]]", ("뉴스", "이슈"), id="nested"),
        pytest.param("tags: [\u1100\u1161]", ("가",), id="nfd"),
        pytest.param("tags: [2025, true]", ("2025", "true"), id="scalars"),
        pytest.param("tags:", (), id="empty"),
    ],
)
def test_tags(block: str, tags: tuple[str, ...]) -> None:
    assert front(block).tags == tags


def test_a_value_that_is_too_long_is_cut_and_listed() -> None:
    found, problems = read(f"---\ntags: [{'가' * 300}]\n---\n본문")
    assert found.tags == ("가" * 200,)
    assert problems[0].line == 2
    assert "300 characters" in problems[0].reason


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2025-07-17T00:33:38+09:00", "2025-07-17T00:33:38+09:00"),
        ("2025-07-17T00:33:38Z", "2025-07-17T00:33:38+00:00"),
        ("2025-07-17 09:00:00", "2025-07-17T09:00:00+09:00"),
        ("2025-07-17", "2025-07-17T00:00:00+09:00"),
        ("2025-07", "2025-07-01T00:00:00+09:00"),
        ("2025", "2025-01-01T00:00:00+09:00"),
        ("20250717", "2025-07-17T00:00:00+09:00"),
        ("2025/07/17 09:05", "2025-07-17T09:05:00+09:00"),
        ("2025.07.17", "2025-07-17T00:00:00+09:00"),
        ("2025. 7. 17.", "2025-07-17T00:00:00+09:00"),
        ("2025년 7월 17일", "2025-07-17T00:00:00+09:00"),
        ("2025년 7월 17일 (목) 오후 3시 5분", "2025-07-17T15:05:00+09:00"),
        ("2025년 7월 17일 오전 9시", "2025-07-17T09:00:00+09:00"),
        ("2025-07-17 오후 3:05", "2025-07-17T15:05:00+09:00"),
        ("Thu, 17 Jul 2025 09:00:00 GMT", "2025-07-17T09:00:00+00:00"),
        ("July 17, 2025", "2025-07-17T00:00:00+09:00"),
        ("2025-07-17 09:00 KST", "2025-07-17T09:00:00+09:00"),
        ("2025-07-17 09:00 XYZ", "2025-07-17T09:00:00+09:00"),
        ("1752711218", "2025-07-17T09:13:38+09:00"),
    ],
)
def test_date(value: str, instant: str) -> None:
    assert front(f"date: {value}").date == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    "value",
    [
        "2025-02-30",
        "어제",
        "7월 17일",
        "0001-01-01",
        "12345-01-01",
        "25:00",
        "가" * 1_000_000,
        "[1]",
    ],
    ids=lambda value: value[:12],
)
def test_an_impossible_date_loses_only_itself(value: str) -> None:
    found, problems = read(f"---\ntitle: 제목\ndate: {value}\ntags: [가]\n---\n본문")
    assert (found.title, found.date, found.tags, found.body) == ("제목", None, ("가",), "본문")
    if value != "[1]":
        assert [(p.file, p.line) for p in problems] == [("posts/a.md", 3)]


@pytest.mark.parametrize(
    ("text", "path", "instant"),
    [
        pytest.param("+++\ndate = 2025-07-17\n+++\n본문", "a.md", "2025-07-17", id="toml-date"),
        pytest.param(
            "+++\ndate = 2025-07-17T01:02:03\n+++\n본문",
            "a.md",
            "2025-07-17T01:02:03",
            id="toml-local",
        ),
        pytest.param('{"date": "2025-07-17"}\n본문', "a.md", "2025-07-17", id="json"),
        pytest.param(
            "---\npublishDate: 2025-07-17\n---\n본문", "a.md", "2025-07-17", id="publish-date"
        ),
        pytest.param("본문", "2025-07-17-a.md", "2025-07-17", id="file-name"),
        pytest.param("본문", "2025-07-17-a/index.md", "2025-07-17", id="bundle-name"),
        pytest.param("---\ndate: 어제\n---\n본문", "2025-07-17-a.md", "2025-07-17", id="fallback"),
        pytest.param("본문", "2025-13-17-a.md", None, id="no-date-in-the-name"),
    ],
)
def test_where_a_date_comes_from(text: str, path: str, instant: str | None) -> None:
    wanted = datetime.fromisoformat(instant).replace(tzinfo=ZONE) if instant else None
    assert read(text, path)[0].date == wanted


def test_the_other_instants() -> None:
    found = front("lastmod: 2025-01-02\npublishDate: 2025-01-03\nexpiryDate: 2025-01-04")
    instants = (found.lastmod, found.publish_date, found.expiry_date)
    assert [i.day for i in instants if i] == [2, 3, 4]


@pytest.mark.parametrize(
    ("path", "block", "options", "url"),
    [
        pytest.param("posts/A b.md", "title: t", {}, "/posts/a-b/", id="hugo-default"),
        pytest.param("posts/name/index.md", "title: t", {}, "/posts/name/", id="bundle"),
        pytest.param(
            "posts/a.md", "slug: 새 이름", {}, "/posts/%EC%83%88-%EC%9D%B4%EB%A6%84/", id="slug"
        ),
        pytest.param("posts/a.md", "url: /x/y/", {}, "/x/y/", id="url"),
        pytest.param(
            "posts/a.md", "url: https://b.example/x", {}, "https://b.example/x", id="absolute"
        ),
        pytest.param("posts/a.md", "title: t", {"ugly_urls": True}, "/posts/a.html", id="ugly"),
        pytest.param("index.md", "title: t", {}, "/", id="home"),
        pytest.param(
            "posts/deep/a.md",
            "title: 새 글\ndate: 2025-07-05",
            {"permalinks": {"posts": "/:year/:month/:day/:contentbasename/"}},
            "/2025/07/05/a/",
            id="date-tokens",
        ),
        pytest.param(
            "posts/deep/a.md",
            "title: New Text",
            {"permalinks": {"posts": "/:sections/:title"}},
            "/posts/deep/new-text/",
            id="sections-and-title",
        ),
        pytest.param(
            "posts/deep/a.md",
            "slug: s",
            {"permalinks": {"posts": "/:section/:sections[1:]/:slug/"}},
            "/posts/deep/s/",
            id="slice-of-sections",
        ),
        pytest.param(
            "pages/a.md",
            "title: t",
            {"permalinks": {"posts": "/x/"}},
            "/pages/a/",
            id="other-section",
        ),
    ],
)
def test_url(path: str, block: str, options: dict[str, Any], url: str) -> None:
    found = read(f"---\n{block}\n---\n본문", path, **options)[0].url
    assert found == (url if url.startswith("https:") else f"https://news.example{url}")


@pytest.mark.parametrize(
    ("base_url", "url"),
    [("https://n.example/news", "https://n.example/news/posts/a/"), ("/", "/posts/a/")],
)
def test_url_below_the_address_of_the_site(base_url: str, url: str) -> None:
    assert front("title: t", base_url=base_url).url == url


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("key", ["url", "images"])
def test_addresses_of_other_schemes_are_dropped_and_listed(key: str, address: str) -> None:
    found, problems = read(f'---\ntitle: t\n{key}: "{address}"\n---\n본문')
    assert (found.url, found.image) == ("https://news.example/posts/a/", "")
    assert [(p.line, "no web address" in p.reason) for p in problems] == [(3, True)]


@pytest.mark.parametrize(
    ("block", "path", "image"),
    [
        pytest.param("images: [/a.jpg, /b.jpg]\nthumbnail: /c.jpg", "a.md", "/a.jpg", id="images"),
        pytest.param("images: []\ncover:\n  image: /b.jpg", "a.md", "/b.jpg", id="cover"),
        pytest.param("Cover:\n  Image: /b.jpg", "a.md", "/b.jpg", id="cover-in-capitals"),
        pytest.param("thumbnail: /d.jpg\nfeatured_image: /c.jpg", "a.md", "/c.jpg", id="featured"),
        pytest.param(
            "thumbnail: https://i.example/d.jpg", "a.md", "https://i.example/d.jpg", id="far"
        ),
        pytest.param(
            "images: ['javascript:x', /b.jpg]", "a.md", "/b.jpg", id="next-after-a-bad-one"
        ),
        pytest.param("title: t", "p/a.md", "/body.png", id="of-the-body"),
        pytest.param("images: [a.jpg]", "p/a/index.md", "/p/a/a.jpg", id="of-the-bundle"),
    ],
)
def test_image(block: str, path: str, image: str) -> None:
    found = read(f"---\n{block}\n---\n글\n\n![그림](/body.png)\n", path)[0].image
    assert found == (image if "://" in image else f"https://news.example{image}")


@pytest.mark.parametrize(
    ("block", "draft", "hidden"),
    [
        ("draft: true", True, False),
        ("draft: 'yes'", True, False),
        ("draft: false", False, False),
        ("draft: no", False, False),
        ("draft:", False, False),
        ("draft: maybe", True, False),
        ("search: false", False, True),
        ("search: true", False, False),
        ("robotsNoIndex: true", False, True),
        ("headless: true", False, True),
        ("_build:\n  render: never", False, True),
        ("build:\n  render: never", False, True),
        ("build:\n  render: false", False, True),
        ("build:\n  list: never", False, False),
    ],
)
def test_draft_and_hidden(block: str, draft: bool, hidden: bool) -> None:
    found = front(block)
    assert (found.draft, found.hidden) == (draft, hidden)


def test_own_values_win_over_the_cascade() -> None:
    cascade = {"draft": "true", "build": {"render": "never"}}
    inherited = read("---\ntitle: t\n---\n본문", cascade=cascade)[0]
    own = read("---\ntitle: t\ndraft: false\n---\n본문", cascade=cascade)[0]
    assert (inherited.draft, inherited.hidden) == (True, True)
    assert (own.draft, own.hidden) == (False, True)


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
    assert front("title: 제목\nsubtitle: 부제", body).body == text


def test_headings_are_spans_of_the_body() -> None:
    found = front("title: t", "# 첫째\n\n글\n\n## 둘째")
    assert [found.body[start:end] for start, end in found.headings] == ["첫째", "둘째"]


def test_configured_keys_replace_those_of_a_field() -> None:
    keys = {**FIELD_KEYS, "authors": ("reporter", "params.writer"), "tags": ("keywords",)}
    found = front(
        "author: 가나\nReporter: 김한수\nparams:\n  writer: 이영희\nkeywords: 가,나",
        field_keys=keys,
    )
    assert (found.authors, found.tags) == (("김한수", "이영희"), ("가", "나"))


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
        read(data)
    assert (error.value.path, error.value.line) == ("posts/a.md", line)


def test_salvaged_articles_keep_what_can_be_read() -> None:
    text = '---\ntitle: "그는 "좋다"\ndate: 2025-01-02\ndraft: true\n---\n본문이다.'
    found, problems = read(text)
    assert (found.title, found.body, found.draft) == ('그는 "좋다', "본문이다.", True)
    assert found.date == datetime(2025, 1, 2, tzinfo=ZONE)
    assert [(p.file, p.line) for p in problems] == [("posts/a.md", 2)]


def test_no_field_holds_what_is_no_text() -> None:
    found = read('{"title": "가\\ud800\\u0000나", "tags": ["\\udc00다"], "slug": "\\ud800"}\n본문')[
        0
    ]
    assert (found.title, found.tags) == ("가나", ("다",))
    found.url.encode()


@pytest.mark.parametrize("form", ["crlf", "cr", "utf-16", "euc-kr"])
def test_every_encoding_gives_the_same_article(form: str) -> None:
    text = "---\ntitle: 제목\ndescription: |\n  가\n  나\n---\n\n첫째.\n\n둘째.\n"
    ends = {"crlf": "\r\n", "cr": "\r"}.get(form, "\n")
    data = text.replace("\n", ends).encode(form if "-" in form else "utf-8")
    assert read(data)[0] == read(text)[0]


def test_the_seed_article(shared: Path) -> None:
    path = shared / "corpus/seed-article.md"
    found, problems = read(path.read_bytes(), "posts/2025/07/0000008.md")
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
    found = [read(path.read_bytes(), str(path.relative_to(root)))[0] for path in paths]
    assert [a.id for a in found if not a.title] == []
    # One page of it is a note without front matter, one post ends with its front matter.
    assert [a.id for a in found if not a.date] == ["posts/DEBATE_ASSEMBLER_STEP_COMPLETE"]
    assert [a.id for a in found if not a.body] == ["posts/2025-12-30-07-market-insight"]
