"""Where terms stand in a text: packed and unpacked, nothing is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from index import spans
from index.terms import Run, Term, Terms


@dataclass(frozen=True, slots=True)
class Made:
    """A text with its terms and the places of its noun runs."""

    text: str
    terms: Terms
    runs: list[tuple[int, int]]


@st.composite
def texts(draw: st.DrawFn) -> Made:
    """Words with gaps between them; some terms are not their surface, some are extras."""
    text, position, terms = "", 0, []
    runs: list[tuple[int, int]] = []
    for _ in range(draw(st.integers(0, 12))):
        text += " " * draw(st.sampled_from((0, 0, 1, 2, 400)))
        start = len(text)
        text += draw(st.sampled_from(("나", "대학교", "Bet", "İ", "3", "긴" * 150)))
        position += draw(st.sampled_from((1, 1, 1, 2, 70_000)))
        surface = spans.lowered(text)[start:]
        own = draw(st.sampled_from((surface, surface, "다른말")))
        terms.append(Term(own, position, start, len(text)))
        if draw(st.booleans()):
            if runs and runs[-1][1] == start:
                runs[-1] = (runs[-1][0], len(text))
            else:
                runs.append((start, len(text)))
        if draw(st.integers(0, 4)) == 0:
            terms.append(Term(f"#{own}", position, start, len(text), extra=True))
    return Made(text, by_column(draw(st.permutations(terms))), runs)


def by_column(terms: Sequence[Term]) -> Terms:
    """Terms in the form that the analysis gives them."""
    ordered = sorted(terms, key=lambda term: term.extra)
    morphemes = sum(not term.extra for term in terms)
    texts, positions, starts, ends, _ = ([t[i] for t in ordered] for i in range(5))
    return Terms(texts, positions, starts, ends, morphemes)


def as_runs(one: Made) -> list[Run]:
    """The noun runs of a made text."""
    return [Run(one.text[start:end], start, end) for start, end in one.runs]


@given(st.lists(texts(), min_size=1, max_size=3))
def test_packed_and_unpacked(made: list[Made]) -> None:
    packed = spans.encode([(one.text, one.terms, as_runs(one)) for one in made])
    found = spans.decode(packed)
    assert len(found) == len(made)
    for one, own in zip(made, found, strict=True):
        placed = sorted(one.terms, key=lambda term: (term.start, term.end, term.extra))
        assert own.starts == [term.start for term in placed]
        assert own.ends == [term.end for term in placed]
        assert own.positions() == [term.position for term in placed]
        lower = spans.lowered(one.text)
        surfaces = [lower[term.start : term.end] for term in placed]
        assert [own.others.get(i, s) for i, s in enumerate(surfaces)] == [t.text for t in placed]
        inside = {at: run for run in one.runs for at in range(*run)}
        for at in range(len(one.text) + 1):
            assert own.run_at(at) == inside.get(at, (-1, -1))


def test_a_long_text_keeps_every_place() -> None:
    count = 150_000
    terms = [Term("가", place, place * 2, place * 2 + 1) for place in range(count)]
    (found,) = spans.decode(spans.encode([("가 " * count, by_column(terms), [])]))
    assert found.starts == list(range(0, count * 2, 2))
    assert found.positions() == list(range(count))
