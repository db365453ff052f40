"""Segments: few are left whatever is published, and merging takes what one segment can hold."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import gaps, merging, segment_writer
from index.merging import MAX_SEGMENTS, to_merge
from index.whoosh_writer import WhooshWriter
from index.writer import WriterError
from search.plan import Plan, Reading, TermIs
from search.whoosh_engine import WhooshEngine
from tests.corpora import TERMS, Change, build, document_of, publish


def segments(folder: Path) -> int:
    """How many the published generation has."""
    newest = max(folder.glob("generation-*"))
    return len(list(newest.glob("*.seg")))


def found(folder: Path) -> dict[str, list[str]]:
    """What each term finds for editors."""
    snapshot = WhooshEngine(folder).snapshot()
    plans = {text: Plan((Reading((TermIs(text),), (), 0),), limit=10_000) for text in TERMS}
    return {text: sorted(h.id for h in snapshot.search(plan).found) for text, plan in plans.items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sixty_batches_leave_few_segments(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    writer = WhooshWriter(tmp_path)
    left: set[str] = set()
    for batch in range(60):
        names = {f"글-{random.randrange(400)}" for _ in range(random.choice((1, 1, 2, 5, 30)))}
        gone = {name for name in names & left if random.randrange(3) == 0}
        changes = [Change(n, None if n in gone else document_of(n, batch)) for n in sorted(names)]
        publish(writer, changes, fresh=batch == 0)
        left = (left | names) - gone
        assert 1 <= segments(tmp_path) <= MAX_SEGMENTS
    assert WhooshEngine(tmp_path).snapshot().documents_left == len(left)


@given(st.lists(st.integers(1, 50) | st.integers(1, 2_000_000), min_size=60, max_size=60))
def test_batches_of_any_size_leave_few_segments(sizes: list[int]) -> None:
    left: list[tuple[int, int]] = []
    for size in sizes:
        left.append((size, size))
        merged = to_merge(left)
        together = sum(left[i][0] for i in merged)
        left = [one for i, one in enumerate(left) if i not in merged]
        left += [(together, together)] if together else []
        assert len(left) <= MAX_SEGMENTS
    assert sum(living for living, _ in left) == sum(sizes)


def test_more_postings_than_are_collected_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = build(tmp_path, [[Change("a", document_of("a", 1))]])
    monkeypatch.setattr(segment_writer, "MAX_POSTINGS", 20)
    many = [Change(f"b{n}", document_of(f"b{n}", n)) for n in range(20)]
    with pytest.raises(WriterError, match=r"at most .* documents and 20 postings"):
        publish(writer, many)
    assert WhooshEngine(tmp_path).snapshot().documents_left == 1


def test_merged_segments_have_more_postings_than_are_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = [
        [Change(f"{b}-{n}", document_of(f"{b}-{n}", b + n)) for n in range(9)] for b in (1, 9)
    ]
    build(tmp_path / "plain", batches)
    # Where there are more than 32 bits count, offsets take 64.
    monkeypatch.setattr(gaps, "_WIDE_OFFSETS", 0)
    monkeypatch.setattr(merging, "MAX_SEGMENTS", 1)
    build(tmp_path / "wide", batches)
    assert segments(tmp_path / "wide") == 1
    assert found(tmp_path / "wide") == found(tmp_path / "plain")


@pytest.mark.parametrize(
    ("last", "kind"), [(0, "<u4"), (2**32 - 1, "<u4"), (2**32, "<i8"), (2**40, "<i8")]
)
def test_offsets_take_what_the_last_one_needs(last: int, kind: str) -> None:
    found = gaps.compact(np.array([0, last]))
    assert found.tolist() == [0, last]
    # Signed where they are wide: numpy adds nothing signed to what is not.
    assert found.dtype == kind
