"""Our addresses against those of Hugo itself: of the sample archive, and of names that are odd."""

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from index.article import article_id, parse_article
from index.reindex import Options, reindex
from index.scan import scan
from index.settings import Settings
from index.site import site_of
from search.whoosh_engine import WhooshEngine
from tests.building import Quiet, write_files

EXAMPLES = Path(__file__).parents[2] / "examples"
# What Hugo stops at; examples/hugo.toml leaves them out.
NOT_FOR_HUGO = {"news/2022/apple-price", "news/2025/broken-front-matter"}

needs_hugo = pytest.mark.skipif(
    shutil.which("hugo") is None, reason="install hugo (apt-get install hugo)"
)

DATE = "2024-03-05T07:08:09+09:00"
ODD_FILES = {
    "posts/Plain Name.md": {"title": "Plain Title 2.0", "date": DATE},
    "posts/한글 이름.md": {"title": "한美 회담…'가속' 30%", "date": DATE},
    "posts/a - b -- c.md": {"title": "a - b -- c  d", "date": DATE},
    "posts/a_b~c@d+e.md": {"title": "a_b~c@d+e!?", "date": DATE},
    "posts/x%20y.md": {"title": "100%20 y", "date": DATE},
    "posts/trailing .md": {"title": "' trailing '", "date": DATE},
    "posts/㎏ ㈜ ½.md": {"title": "5㎏ ㈜가나 ½ 😀", "date": DATE},
    "posts/v2.0.md": {"title": "v2.0", "date": DATE},
    "posts/slug.md": {"title": "Slug", "slug": "My Slug 2.0", "date": DATE},
    "posts/slug-of-two.md": {"title": "Slug", "slug": "a/b c", "date": DATE},
    "posts/slug-korean.md": {"title": "Slug", "slug": "한글 슬러그!", "date": DATE},
    "posts/bundle/index.md": {"title": "묶음", "date": DATE},
    "posts/Bundle 3.0/index.md": {"title": "묶음", "slug": "other", "date": DATE},
    "posts/url.md": {"title": "Address", "url": "/특집/Some Page/", "date": DATE},
    "posts/url-open.md": {"title": "Address", "url": "special/Page", "date": DATE},
    "posts/url-html.md": {"title": "Address", "url": "/special/Page 4.html", "date": DATE},
    "posts/url-dots.md": {"title": "Address", "url": "/a//b/../c", "date": DATE},
    "posts/url-query.md": {"title": "Address", "url": "/a?b=c", "date": DATE},
    "posts/url-query-of-file.md": {"title": "Address", "url": "view.php?no=12", "date": DATE},
    "posts/no-title.md": {"date": DATE},
    "posts/no-date.md": {"title": "No date"},
    "posts/2024-01-02-dated.md": {"title": "By its name"},
    "posts/2024-01-03_and_dated.md": {"title": "By both", "date": DATE},
    "posts/2024-01-04-bundle/index.md": {"title": "Bundle by its name"},
    "posts/published.md": {"title": "Published", "publishDate": "2023-05-06T01:00:00+09:00"},
    "posts/changed.md": {"title": "Changed", "lastmod": "2023-05-06"},
    "posts/utc.md": {"title": "Next day in Korea", "date": "2024-12-31T20:00:00Z"},
    "Upper Section/Sub/one.md": {"title": "One", "date": DATE},
    "한글섹션/기사.md": {"title": "기사", "date": DATE},
    "top.md": {"title": "Top", "date": DATE},
}
CONFIGURATIONS = (
    "",
    "uglyURLs = true",
    "disablePathToLower = true",
    "[frontmatter]\ndate = [':filename', ':default']",
    "[frontmatter]\ndate = [':default', ':filename']\n[permalinks]\nposts = '/:year/:slug/'",
    "[permalinks]\nposts = '/:year/:month/:day/:slug/'",
    "[permalinks]\nposts = '/:section/:title/'\n'한글섹션' = 'blog/:title'",
    "[permalinks]\nposts = '/:sections/:filename'",
    "[permalinks]\nposts = '/:sections[0]/:sections[1:]/:slugorfilename/'",
    "[permalinks]\nposts = '/:year/:monthname/:weekdayname/:yearday/:weekday/:filename.html'",
    "[permalinks]\nposts = '/:06/:01/:02/:Jan/:slug/'",
    "uglyURLs = true\n[permalinks]\nposts = '/:section/:filename.html'",
    "disablePathToLower = true\n[permalinks]\nposts = '/:monthname/:slug'",
)


IN_LANGUAGES = (
    *("posts/a.md", "posts/a.en.md", "posts/b.ko.md", "posts/c.ja.md", "posts/bundle/index.md"),
    *("posts/bundle/index.en.md", "posts/alone/index.ko.md", "posts/2024/05/d.md", "top.en.md"),
    *("posts/2024/05/d.en.md", "sections/one/two/e.md", "sections/one/two/e.en.md", "en/f.md"),
)
SECTION_PAGES = ("posts/2024/_index.en.md", "sections/_index.md", "sections/one/two/_index.md")
LANGUAGES = (
    "defaultContentLanguage = 'ko'\n[languages.ko]\nweight = 1\n[languages.en]\nweight = 2",
    "defaultContentLanguage = 'ko'\ndefaultContentLanguageInSubdir = true\n"
    "[languages.ko]\nweight = 1\n[languages.en]\nweight = 2",
    "[languages.en]\nbaseURL = 'https://en.example/'\n[languages.ko]\nbaseURL = 'https://ko.example'",
)
OF_SECTIONS = (
    "\n[permalinks]\nposts = '/:sections/:slug/'\nsections = '/x/:sections[1:]/:filename/'"
)


def hugo_urls(site: Path) -> dict[str, str]:
    """The address of every page by article id, as Hugo lists them: drafts and all."""
    listed = subprocess.run(
        ["hugo", "list", "all"], cwd=site, capture_output=True, text=True, check=True
    )
    pages = csv.DictReader(listed.stdout.splitlines())
    articles = [page for page in pages if "_index." not in page["path"]]
    return {article_id(p["path"].removeprefix("content/")): p["permalink"] for p in articles}


def our_urls(site: Path) -> dict[str, str]:
    """The same from the files, without an index."""
    settings = Settings(content_dir=site / "content", index_dir=site / "index")
    known = site_of(settings)
    urls = {}
    for file in scan(settings.content_dir, known.suffixes).files:
        data = (settings.content_dir / file.path).read_bytes()
        article, _ = parse_article(data, file.path, known, file.cascade, file.section)
        urls[article.id] = article.url
    return urls


def test_sample_archive(tmp_path: Path) -> None:
    settings = Settings(content_dir=EXAMPLES / "content", index_dir=tmp_path)
    report = reindex(settings, Options(), Quiet())
    assert report.skipped == []
    assert [p.file for p in report.salvaged] == ["news/2025/broken-front-matter.md"]

    if shutil.which("hugo") is None:
        pytest.skip("install hugo (apt-get install hugo)")
    expected = hugo_urls(EXAMPLES)
    ids = {file.id for file in scan(settings.content_dir).files}
    assert ids - expected.keys() == NOT_FOR_HUGO
    found = WhooshEngine(tmp_path).snapshot().documents(sorted(expected), None)
    assert {key: found[key]["url"] for key in expected} == expected


@needs_hugo
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_odd_names(configuration: str, tmp_path: Path) -> None:
    files = {
        f"content/{name}": "---\n" + "".join(f"{k}: {v}\n" for k, v in front.items()) + "---\n본문"
        for name, front in ODD_FILES.items()
    }
    site = 'baseURL = "https://news.example/sub"\ntimeZone = "Asia/Seoul"\n' + configuration
    write_files(tmp_path, {**files, "hugo.toml": site})
    expected = hugo_urls(tmp_path)
    assert len(expected) == len(ODD_FILES)
    assert our_urls(tmp_path) == expected


@needs_hugo
@pytest.mark.parametrize("permalinks", ["", OF_SECTIONS], ids=["paths", "sections"])
@pytest.mark.parametrize("configuration", LANGUAGES)
def test_languages_and_sections(configuration: str, permalinks: str, tmp_path: Path) -> None:
    names = (*IN_LANGUAGES, *SECTION_PAGES)
    files = {
        f"content/{n}": f"---\ntitle: {n.split('.')[0][-1]}\ndate: {DATE}\n---\n" for n in names
    }
    # Permalinks before the tables of languages, to whose last they would belong.
    head, table, languages = configuration.partition("[languages")
    site = f'baseURL = "https://news.example/sub"\n{head}{permalinks}\n{table}{languages}'
    write_files(tmp_path, {**files, "hugo.toml": site})
    expected = hugo_urls(tmp_path)
    ours = our_urls(tmp_path)
    assert {key: ours[key] for key in expected} == expected
    # Of two files that Hugo writes to one address it lists one.
    assert {ours[key] for key in ours.keys() - expected.keys()} <= set(expected.values())
