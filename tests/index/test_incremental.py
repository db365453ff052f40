"""A property: what changes left behind is what reading everything anew would give."""

from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.analysis import Analyser
from index.touched import Memory
from search.request import SearchRequest
from tests.building import Archive, markdown, service_for

NAMES = ("a", "b", "p/a", "p/b", "q/index", "q/x")
TEXTS = ("금리 동결", "반도체 수출", "서울 시장")
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
        st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
        st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.tuples(st.just("spoil"), st.sampled_from(NAMES), st.just("")),
        st.tuples(st.just("run"), st.just(""), st.just("")),
    ),
    min_size=2,
    max_size=10,
)


def change(archive: Archive, kind: str, name: str, value: str) -> None:
    path = archive.content / f"{name}.md"
    if kind == "write":
        archive.write(
            {f"{name}.md": markdown(value, body=f"{value} {name}", tags=value.split()[0])}
        )
    elif kind == "run":
        archive.run(allow_empty=True)
    elif path.exists() and kind == "delete":
        path.unlink()
    elif path.exists() and kind == "spoil":
        path.write_bytes(b"\x00")
    elif path.exists() and kind == "rename":
        target = archive.content / f"{value}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)


def seen(archive: Archive, analyser: Analyser) -> tuple[Any, ...]:
    service = service_for(archive.index, analyser)
    answers = [
        service.search(SearchRequest(q=q, everything=True)) for q in ("", "금리", "반도체 수출")
    ]
    return archive.records(), [(a.total, sorted(h.id for h in a.hits), a.facets) for a in answers]


@settings(max_examples=15, deadline=None)
@given(changes=CHANGES)
def test_incremental_equals_full(
    changes: list[tuple[str, str, str]],
    analyser: Analyser,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"))
    archive.write({"keep.md": markdown("늘 있다", tags="늘")})
    for one in changes:
        change(archive, *one)
    archive.run(allow_empty=True)
    incremental = seen(archive, analyser)
    archive.run(full=True)
    assert seen(archive, analyser) == incremental


def touch(archive: Archive, kind: str, name: str, value: str) -> list[Path]:
    """Make a change; the paths that whoever follows the folder would be told."""
    content = archive.content
    if kind == "section":
        archive.write({f"{name}.md": f"---\ncascade:\n  draft: {value}\n---\n"})
        return [content / f"{name}.md"]
    if kind == "remove":
        rmtree(content / name, ignore_errors=True)
        return [content / name]
    fresh = not (content / name).parent.exists()
    change(archive, kind, name, value)
    touched = [content / f"{name}.md", *([content / f"{value}.md"] if kind == "rename" else [])]
    return [*touched, touched[0].parent] if fresh else touched


@settings(max_examples=25, deadline=None)
@example(changes=[("write", "q/index", "금리 동결"), ("remove", "q", "")])
@given(
    changes=st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
            st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
            st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
            st.tuples(st.just("spoil"), st.sampled_from(NAMES), st.just("")),
            st.tuples(st.just("remove"), st.sampled_from(("p", "q")), st.just("")),
            st.tuples(
                st.just("section"),
                st.sampled_from(("p/_index", "_index")),
                st.sampled_from(("true", "false")),
            ),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_following_equals_full(
    changes: list[tuple[str, str, str]],
    analyser: Analyser,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    archive, memory = Archive(tmp_path_factory.mktemp("archive")), Memory()
    archive.write({"keep.md": markdown("늘 있다", tags="늘"), "p/b.md": markdown("서울 시장")})
    archive.run(memory=memory)
    for one in changes:
        touched = touch(archive, *one)
        followed = archive.run(memory=memory, touched=touched, allow_empty=True)
        whole = archive.run(allow_empty=True)
        assert (whole.added, whole.deleted) == (0, 0)
        assert (whole.skipped, whole.unchanged) == (
            followed.skipped,
            followed.unchanged + followed.added + followed.updated + followed.renamed,
        )
    incremental = seen(archive, analyser)
    archive.run(full=True)
    assert seen(archive, analyser) == incremental


@pytest.mark.parametrize("ending", ["md", "MD", "Markdown"])
@pytest.mark.parametrize("below", ["the working folder", "the root"])
def test_a_touched_file_costs_no_look_at_others(
    below: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    archive, memory = Archive(Path() if below == "the working folder" else tmp_path), Memory()
    archive.write({f"p/{i}.{ending}": markdown(f"기사 {i}") for i in range(3)})
    archive.run(memory=memory)
    archive.write({f"p/0.{ending}": markdown("새 제목"), f"p/1.{ending}": markdown("아직 아니다")})
    report = archive.run(memory=memory, touched=[tmp_path / f"content/p/0.{ending}"])
    assert (report.updated, report.unchanged) == (1, 2)
    assert archive.titles()["p/1"] == "기사 1"
    assert archive.run(memory=memory).updated == 1
