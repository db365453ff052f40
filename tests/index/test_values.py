"""The fields of an article that front matter fills."""

from typing import Any

import pytest

from index.fields import FIELD_KEYS
from index.language import Language
from tests.building import article_of, read_article


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
        pytest.param("description: 결과는.. ", "결과는", id="two-dots"),
        pytest.param("description: 끝났다.", "끝났다.", id="one-dot"),
        pytest.param("description: " + "." * 500_000 + "가", "." * 1000, id="dots-without-end"),
        pytest.param("description: [가, 나]", "가 · 나", id="list"),
        pytest.param("title: a", "", id="none"),
    ],
)
def test_subtitle(block: str, subtitle: str) -> None:
    assert article_of(block).subtitle == subtitle


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
    assert article_of(block).authors == authors


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
        pytest.param("tags: null", (), id="null"),
        pytest.param("tags: [~, 'null', Null]", ("null",), id="null-in-quotes-is-a-word"),
        pytest.param("tags: [!!str null]", ("null",), id="null-that-is-text"),
        pytest.param("x: &x [뉴스]\ntags: *x", ("뉴스",), id="anchor"),
        pytest.param("x: &x\n  tags: [뉴스]\n<<: *x", ("뉴스",), id="merged"),
        pytest.param(
            "x: &x {tag: 뉴스, tags: 이슈}\ny: &y {tags: 가}\n<<: [*x, *y]\ntag: 나",
            ("이슈", "나"),
            id="merged-the-first-and-own-ones-win",
        ),
    ],
)
def test_tags(block: str, tags: tuple[str, ...]) -> None:
    assert article_of(block).tags == tags


def test_a_value_that_is_too_long_is_cut_and_listed() -> None:
    found, problems = read_article(f"---\ntags: [{'가' * 300}]\n---\n본문")
    assert found.tags == ("가" * 200,)
    assert problems[0].line == 2
    assert "300 characters" in problems[0].reason


KOREAN = {
    "suffixes": {"ko": "", "en": "en"},
    "languages": {"": Language(), "en": Language("/en")},
}


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
        pytest.param(
            "posts/a.md",
            "url: 'https://b.example/view.php?no=1&q=가#r'",
            {},
            "https://b.example/view.php?no=1&q=%EA%B0%80#r",
            id="absolute-with-query",
        ),
        pytest.param("posts/a.md", "url: /a?b=c", {}, "/a?b=c/", id="query"),
        pytest.param("posts/a.md", "url: '?p=12'", {}, "/?p=12/", id="query-alone"),
        pytest.param("posts/a.md", "url: p.php?id=3#x", {}, "/p.php?id=3%23x", id="query-of-file"),
        pytest.param("posts/a.md", "url: /x/12\\:30/", {}, "/x/12:30/", id="colon"),
        pytest.param(
            "posts/a.md",
            "url: /:year-:month/:slug/:other\ndate: 2024-03-05\ntitle: T",
            {},
            "/2024-03/t/:other/",
            id="tokens",
        ),
        *(
            pytest.param(path, "title: t", {**KOREAN, **options}, url, id=path)
            for path, options, url in (
                ("posts/a.en.md", {}, "/en/posts/a/"),
                ("posts/a.ko.md", {}, "/posts/a/"),
                ("posts/a.fr.md", {}, "/posts/a.fr/"),
                ("posts/bundle/index.en.md", {}, "/en/posts/bundle/"),
                ("posts/b.en.md", {"permalinks": {"posts": "/:section/:filename"}}, "/en/posts/b/"),
                ("index.en.md", {}, "/en/"),
            )
        ),
        pytest.param("posts/c.en.md", "url: x/y/", KOREAN, "/en/x/y/", id="url-below-language"),
        pytest.param("posts/c.en.md", "url: /x/y/", KOREAN, "/x/y/", id="url-of-the-site"),
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
    found = read_article(f"---\n{block}\n---\n본문", path, **options)[0].url
    assert found == (url if url.startswith("https:") else f"https://news.example{url}")


@pytest.mark.parametrize(
    ("base_url", "url"),
    [("https://n.example/news", "https://n.example/news/posts/a/"), ("/", "/posts/a/")],
)
def test_url_below_the_address_of_the_site(base_url: str, url: str) -> None:
    assert article_of("title: t", base_url=base_url).url == url


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
    found, problems = read_article(f'---\ntitle: t\n{key}: "{address}"\n---\n본문')
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
    found = read_article(f"---\n{block}\n---\n글\n\n![그림](/body.png)\n", path)[0].image
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
        ("published: false", True, False),
        ("published: true", False, False),
        ("published: 2020-01-01", False, False),
        ("published: false\ndraft: false", False, False),
        ("published: true\ndraft: true", True, False),
        ("published: false\ndraft:", True, False),
        ("x: &x\n  draft: true\n<<: *x", True, False),
        ("search: false", False, True),
        ("search: true", False, False),
        ("search:", False, False),
        ("params:\n  search: false", False, True),
        ("Params:\n  Search: No", False, True),
        ("params:\n  search: true", False, False),
        ("params: false", False, False),
        ("robotsNoIndex: true", False, True),
        ("params:\n  robotsNoIndex: true", False, True),
        ("params:\n  robotsNoIndex: false", False, False),
        ("headless: true", False, True),
        ("_build:\n  render: never", False, True),
        ("build:\n  render: never", False, True),
        ("build:\n  render: false", False, True),
        ("build:\n  list: never", False, False),
        ("build:\n  list: never\n_build:\n  render: never", False, True),
    ],
)
def test_draft_and_hidden(block: str, draft: bool, hidden: bool) -> None:
    found = article_of(block)
    assert (found.draft, found.hidden) == (draft, hidden)


def test_own_values_win_over_the_cascade() -> None:
    cascade = {"draft": "true", "build": {"render": "never"}}
    inherited = read_article("---\ntitle: t\n---\n본문", cascade=cascade)[0]
    own = read_article("---\ntitle: t\ndraft: false\n---\n본문", cascade=cascade)[0]
    assert (inherited.draft, inherited.hidden) == (True, True)
    assert (own.draft, own.hidden) == (False, True)


def test_configured_keys_replace_those_of_a_field() -> None:
    keys = {**FIELD_KEYS, "authors": ("reporter", "params.writer"), "tags": ("keywords",)}
    found = article_of(
        "author: 가나\nReporter: 김한수\nparams:\n  writer: 이영희\nkeywords: 가,나",
        field_keys=keys,
    )
    assert (found.authors, found.tags) == (("김한수", "이영희"), ("가", "나"))
