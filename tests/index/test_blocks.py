"""Long texts are given to Kiwi in blocks, and give what their blocks give."""

from pathlib import Path

import pytest

from index import blocks
from index.analysis import Analyser, Analysis
from index.normalise import normalise
from index.plaintext import plain_text
from search.request import SearchRequest
from tests.building import markdown, run_reindex, service_for, write_files

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "content").rglob("*.md"))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("가나다라마바", ["가나다라마바"]),
        ("가나다라마바사아자차", ["가나다라마바사아", "자차"]),
        ("가나다라 마바\n사아자", ["가나다라 마바\n", "사아자"]),
        ("가나다라마 바사아자차", ["가나다라마 ", "바사아자차"]),
        # A line that ends early would leave a block of little.
        ("가\n나다라마바 사아자차", ["가\n나다라마바 ", "사아자차"]),
    ],
)
def test_a_block_ends_with_a_line_or_a_word(
    text: str, parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_LONGEST", 8)
    found = [text[begin:end] for begin, end in blocks._blocks(text)]
    assert found == parts
    assert "".join(found) == text


@pytest.mark.parametrize("longest", [120, 500])
def test_blocks_give_what_each_gives(
    longest: int, analyser: Analyser, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks_of = [plain_text(path.read_text("utf-8", "replace")).blocks for path in EXAMPLES]
    # One paragraph a line, of which each is a block or a part of one.
    text = "\n".join(b.text for own in blocks_of for b in own if len(b.text) < longest // 2)
    text = normalise(text).text
    monkeypatch.setattr(blocks, "_LONGEST", longest)
    cuts = list(blocks._blocks(text))
    parts = [(begin, analyser.analyse(text[begin:end])) for begin, end in cuts]
    found = analyser.analyse(text)
    assert len(cuts) > 5
    assert sorted(_places(found, 0)) == sorted(
        p for begin, own in parts for p in _places(own, begin)
    )
    assert found.side == tuple(bigram for _, own in parts for bigram in own.side)
    runs = [(r.text, r.start + begin, r.end + begin) for begin, own in parts for r in own.runs]
    assert [tuple(run) for run in found.runs] == runs


def test_no_phrase_goes_from_one_block_to_the_next(
    analyser: Analyser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_LONGEST", 8)
    found = analyser.analyse("금리 인상\n수출 증가").terms
    positions = {term.text: term.position for term in found}
    assert positions["인상"] - positions["금리"] == positions["증가"] - positions["수출"] == 1
    assert positions["수출"] - positions["인상"] > 1


def test_the_end_of_a_long_article_is_found(
    analyser: Analyser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_LONGEST", 200)
    lines = [f"{number}번째 줄은 반도체 이야기다." for number in range(100)]
    body = "\n\n".join([*lines, "끝에는 한국은행이 달에 닿았다."])
    content = write_files(tmp_path / "content", {"a.md": markdown("긴 글", body)})
    run_reindex(content, tmp_path / "index")
    service = service_for(tmp_path / "index", analyser)
    for q in ("한국은행", '"달에 닿았다"', '"반도체 이야기"'):
        (hit,) = service.search(SearchRequest(q)).hits
        assert hit.highlights is not None
        assert "<mark>" in "".join(hit.highlights.body)


def _places(found: Analysis, shift: int) -> list[tuple[str, int, int, bool]]:
    return [(t.text, t.start + shift, t.end + shift, t.extra) for t in found.terms]
