"""A property: what changes left behind is what reading everything anew would give."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import Analyser
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


@settings(max_examples=25, deadline=None)
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
