"""Which files of a content folder are articles, and what is said about the others."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from index.scan import ContentError, Scan, scan
from tests.building import markdown, unprivileged, write_files

ARTICLE = markdown("제목")


def ids(found: Scan) -> list[str]:
    return [file.id for file in found.files]


def reasons(found: Scan) -> dict[str, str]:
    assert len({p.file for p in found.skipped}) == len(found.skipped), "one line for each file"
    return {problem.file: problem.reason for problem in found.skipped}


@pytest.mark.parametrize(
    ("names", "articles"),
    [
        pytest.param(
            ["a.md", "b.markdown", "c.MD", "d.txt", "e.html"], ["a", "b", "c"], id="endings"
        ),
        pytest.param(["posts/2025/a.md"], ["posts/2025/a"], id="folders"),
        pytest.param(["p/_index.md", "p/a.md", "_index.md"], ["p/a"], id="section-pages"),
        pytest.param(["p/_index.ko.md", "p/a.md"], ["p/a"], id="section-page-of-a-language"),
        pytest.param([".git/a.md", ".a.md", "b.md"], ["b"], id="hidden"),
        pytest.param(["p/index.md", "p/note.md", "p/sub/deep.md"], ["p"], id="bundle"),
        pytest.param(["index.md", "a.md", "p/a.md"], ["a", "index", "p/a"], id="home-is-no-bundle"),
        pytest.param(["p.md/a.md"], ["p.md/a"], id="folder-named-like-a-file"),
        pytest.param(["\u1112\u1161\u11ab글.md"], ["한글"], id="nfd-name"),
    ],
)
def test_articles(names: list[str], articles: list[str], tmp_path: Path) -> None:
    found = scan(write_files(tmp_path, dict.fromkeys(names, ARTICLE)))
    assert ids(found) == articles
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("names", "second", "reason"),
    [
        (["a.md", "a.markdown"], "a.md", "has the same id as a.markdown (a)"),
        (["p.md", "p/index.md"], "p/index.md", "has the same id as p.md (p)"),
        (
            ["한.md", "\u1112\u1161\u11ab.md"],
            "한.md",
            "here in whole syllables (NFC), there in separate letters (NFD",
        ),
        (["한.md", "\u1112\u1161\u11ab.markdown"], "한.md", "has the same id as \u1112"),
    ],
    ids=["endings", "file-and-bundle", "nfc-and-nfd", "nfc-and-nfd-endings"],
)
def test_two_files_with_one_id(names: list[str], second: str, reason: str, tmp_path: Path) -> None:
    found = scan(write_files(tmp_path, dict.fromkeys(names, ARTICLE)))
    assert len(found.files) == 1
    assert reason in reasons(found)[second]


def test_a_link_to_its_own_folder_is_followed_once(tmp_path: Path) -> None:
    write_files(tmp_path, {"p/a.md": ARTICLE})
    (tmp_path / "p/loop").symlink_to(tmp_path, target_is_directory=True)
    found = scan(tmp_path)
    assert ids(found) == ["p/a"]
    assert "read already" in reasons(found)["p/loop/"]


def test_an_article_keeps_the_id_of_its_own_folder(tmp_path: Path) -> None:
    write_files(tmp_path, {"z/a.md": ARTICLE, "b/c.md": ARTICLE})
    (tmp_path / "a").symlink_to(tmp_path / "z", target_is_directory=True)
    assert ids(scan(tmp_path)) == ["b/c", "z/a"]


def test_links_to_elsewhere_are_followed(tmp_path: Path) -> None:
    write_files(tmp_path, {"far/a.md": ARTICLE, "content/b.md": ARTICLE})
    (tmp_path / "content/far").symlink_to(tmp_path / "far", target_is_directory=True)
    (tmp_path / "content/c.md").symlink_to(tmp_path / "far/a.md")
    assert ids(scan(tmp_path / "content")) == ["b", "c", "far/a"]


def test_what_cannot_be_read_is_listed_with_its_reason(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.md": ARTICLE, "ok/_index.md/x": "", "ok/b.md": ARTICLE})
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "self.md").symlink_to(tmp_path / "self.md")
    os.mkfifo(tmp_path / "pipe.md")
    with (tmp_path / "large.md").open("wb") as file:
        file.truncate(50 * 2**20)
    (tmp_path / os.fsdecode(b"\xb0\xa1.md")).write_text(ARTICLE)
    found = scan(tmp_path)
    assert ids(found) == ["a", "ok/b"]
    assert reasons(found) == {
        "gone.md": "cannot be read: No such file or directory",
        "large.md": "is too large for an article (50 MiB, at most 10)",
        "pipe.md": "is no regular file",
        "self.md": "cannot be read: Too many levels of symbolic links",
        "��.md": "its name is not in UTF-8; rename it",
    }


def test_an_unreadable_folder_is_listed() -> None:
    with TemporaryDirectory() as name:
        root = write_files(Path(name), {"a.md": ARTICLE, "p/b.md": ARTICLE})
        root.chmod(0o755)
        (root / "p").chmod(0)
        with unprivileged():
            found = scan(root)
        (root / "p").chmod(0o700)
    assert ids(found) == ["a"]
    assert found.unreadable == ("p/",)
    assert reasons(found) == {"p/": "cannot be read: Permission denied"}


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda page: page.write_bytes(b"\x00\x01\x02"), id="binary"),
        pytest.param(lambda page: page.write_bytes(b"\xff" * 99), id="encoding"),
        pytest.param(lambda page: page.symlink_to("nowhere"), id="link-to-nothing"),
        pytest.param(os.mkfifo, id="pipe"),
    ],
)
def test_below_a_section_page_that_cannot_be_read_nothing_comes_to_light(
    make: Callable[[Path], object], tmp_path: Path
) -> None:
    write_files(tmp_path, {"a.md": ARTICLE, "p/b.md": ARTICLE, "p/q/c.md": ARTICLE})
    make(tmp_path / "p/_index.md")
    found = scan(tmp_path)
    assert ids(found) == ["a"]
    assert found.unreadable == ("p/",)
    assert "nor can the articles below" in reasons(found)["p/_index.md"]


def test_folders_without_end(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 70)
    found = scan(write_files(tmp_path, {f"{deep}/a.md": ARTICLE, "b.md": ARTICLE}))
    assert ids(found) == ["b"]
    assert "more than 64 folders deep" in next(iter(reasons(found).values()))


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_content_folder_that_is_none(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ContentError, match=f"{name}: (there is no|the) .*content folder"):
        scan(tmp_path / name)


@pytest.mark.parametrize(
    ("sections", "inherited"),
    [
        pytest.param({"p": "cascade:\n  draft: true"}, {"draft": "true"}, id="section"),
        pytest.param({"": "cascade:\n  Draft: true"}, {"draft": "true"}, id="home"),
        pytest.param(
            {"": "cascade:\n  draft: true\n  a: 1", "p": "cascade:\n  draft: false"},
            {"draft": "false", "a": "1"},
            id="nearer-wins",
        ),
        pytest.param({"q": "cascade:\n  draft: true"}, {}, id="other-section"),
        pytest.param({"p": "draft: true"}, {}, id="own-values-stay"),
        pytest.param({"p": "cascade: no"}, {}, id="no-mapping"),
        pytest.param(
            {"p": "cascade:\n- draft: true\n  _target:\n    kind: section\n- a: 1"},
            {"a": "1"},
            id="target-kind",
        ),
        pytest.param(
            {
                "p": "cascade:\n- draft: true\n  _target:\n    path: /p/*/b\n"
                "- a: 1\n  _target:\n    path: '/{p,q}/**'"
            },
            {"a": "1"},
            id="target-path",
        ),
        pytest.param(
            {"p": 'title: "그는 "좋다"\ncascade:\n  draft: true'}, {"draft": "true"}, id="salvaged"
        ),
    ],
)
def test_cascade(sections: dict[str, str], inherited: dict[str, str], tmp_path: Path) -> None:
    pages = {f"{name}/_index.md".lstrip("/"): f"---\n{s}\n---\n" for name, s in sections.items()}
    found = scan(write_files(tmp_path, {"p/a.md": ARTICLE, **pages}))
    assert [dict(file.cascade) for file in found.files] == [inherited]


@pytest.mark.parametrize(
    "cascade",
    [
        pytest.param('{"weight": 123456789012345678901}', id="number-beyond-64-bits"),
        pytest.param('{"title": "\\ud800"}', id="half-a-surrogate-pair"),
        pytest.param('{"\\udfff": 1}', id="half-a-surrogate-pair-as-key"),
    ],
)
def test_a_cascade_of_what_json_alone_can_write(cascade: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"p/_index.md": f'{{"cascade": {cascade}}}', "p/a.md": ARTICLE})
    (with_it,) = scan(tmp_path).files
    (tmp_path / "p/_index.md").unlink()
    (without,) = scan(tmp_path).files
    assert with_it.cascade
    assert with_it.inherited != without.inherited


def test_a_broken_section_page_is_listed(tmp_path: Path) -> None:
    page = '---\ntitle: "그는 "좋다"\n---\n'
    found = scan(write_files(tmp_path, {"p/a.md": ARTICLE, "p/_index.md": page}))
    assert [(p.file, p.line) for p in found.skipped] == [("p/_index.md", 2)]


@pytest.mark.parametrize(
    ("path", "name", "reached"),
    [
        ("/p/*", "p/a.md", True),
        ("/p/*", "p/q/a.md", False),
        ("/p/**", "p/q/a.md", True),
        ("**/a.md", "p/q/a.md", True),
        ("/p/a", "p/a.md", True),
        ("/p/a.md", "p/a.md", True),
        ("/p/b", "p/b/index.md", True),
        ("/p/b/**", "p/b/index.md", True),
        ("/P/A*", "p/a.md", True),
        ("p/**", "p/a.md", False),
        ("/p/?", "p/ab.md", False),
        ("/p/[ab]*", "p/b1.md", True),
        ("/p/[a-c].md", "p/d.md", False),
        ("/p/[!a]*", "p/a.md", False),
        ("/p/[!a]*", "p/b.md", True),
        ("/p/[^a]*", "p/b.md", False),
        ("/p/{x*,y}.md", "p/x1.md", True),
        ("/p/{a,{b,c}}.md", "p/c.md", True),
        ("/p/{a,b}*", "p/c.md", False),
        ("{/p,/q}/**", "q/a.md", True),
        ("/p/a,b.md", "p/a,b.md", True),
        (r"/p/\*.md", "p/a.md", False),
        ("/p/[a", "p/b.md", True),
        ("/p/{a", "p/b.md", True),
    ],
)
def test_the_files_that_a_cascade_reaches(
    path: str, name: str, reached: bool, tmp_path: Path
) -> None:
    front = f"---\ncascade:\n- draft: true\n  _target:\n    path: '{path}'\n---\n"
    found = scan(write_files(tmp_path, {"_index.md": front, name: ARTICLE}))
    assert [file.path for file in found.files] == [name]
    assert bool(found.files[0].cascade) is reached


KOREAN = {"ko": "", "en": "en"}


@pytest.mark.parametrize(
    ("page", "drafts"),
    [
        ("p/_index.md", ["p/a", "p/b.ko"]),
        ("p/_index.ko.md", ["p/a", "p/b.ko"]),
        ("p/_index.en.md", ["p/a.en"]),
        ("p/_index.fr.md", []),
    ],
)
def test_a_section_page_concerns_articles_of_its_language(
    page: str, drafts: list[str], tmp_path: Path
) -> None:
    articles = dict.fromkeys(("p/a.md", "p/a.en.md", "p/b.ko.md"), ARTICLE)
    write_files(tmp_path, {**articles, page: "---\ncascade:\n  draft: true\n---\n"})
    found = scan(tmp_path, KOREAN).files
    assert [file.id for file in found if file.cascade] == drafts


def test_a_bundle_of_several_languages(tmp_path: Path) -> None:
    names = ("p/x/index.en.md", "p/x/index.ko.md", "p/x/resource.md", "p/x/index.fr.md")
    found = scan(write_files(tmp_path, dict.fromkeys(names, ARTICLE)), KOREAN)
    assert ids(found) == ["p/x/index.en", "p/x/index.ko"]


def test_the_section_of_an_article_is_the_nearest_with_a_page(tmp_path: Path) -> None:
    names = ("a.md", "p/a.md", "p/q/a.md", "p/q/r/_index.md", "p/q/r/a.md", "p/q/r/a.en.md")
    found = scan(write_files(tmp_path, dict.fromkeys(names, ARTICLE)), KOREAN)
    sections = {"a": "", "p/a": "p", "p/q/a": "p", "p/q/r/a": "p/q/r", "p/q/r/a.en": "p"}
    assert {file.id: file.section for file in found.files} == sections
