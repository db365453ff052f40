"""Where terms stand in a text: packed and unpacked, nothing is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from index import spans
from index.terms import Runs, Term, Terms


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


def as_runs(one: Made) -> Runs:
    """The noun runs of a made text."""
    starts, ends = [start for start, _ in one.runs], [end for _, end in one.runs]
    return Runs([one.text[start:end] for start, end in one.runs], starts, ends)


@given(st.lists(texts(), min_size=1, max_size=3))
def test_packed_and_unpacked(made: list[Made]) -> None:
    # Each by itself, and one behind the other.
    packed = [spans.encode([(one.text, one.terms, as_runs(one))]) for one in made]
    packed.append(spans.encode([(one.text, one.terms, as_runs(one)) for one in made]))
    found = spans.decode(packed)
    texts = [*made, *made]
    placed = [sorted(one.terms, key=lambda t: (t.start, t.end, t.extra)) for one in texts]
    terms = [term for own in placed for term in own]
    assert found.counts == list(map(len, placed))
    assert found.starts.tolist() == [term.start for term in terms]
    assert found.ends.tolist() == [term.end for term in terms]
    assert found.positions().tolist() == [term.position for term in terms]
    others = dict(zip(found.others_at.tolist(), found.others(), strict=True))
    texts_of = [one.text for one, own in zip(texts, placed, strict=True) for _ in own]
    surfaces = [
        spans.lowered(text)[term.start : term.end]
        for text, term in zip(texts_of, terms, strict=True)
    ]
    assert [others.get(i, s) for i, s in enumerate(surfaces)] == [t.text for t in terms]
    inside = [
        not term.extra and any(start <= term.start < end for start, end in one.runs)
        for one, own in zip(texts, placed, strict=True)
        for term in own
    ]
    assert found.in_run.tolist() == inside


def test_a_long_text_keeps_every_place() -> None:
    count = 150_000
    terms = [Term("가", place, place * 2, place * 2 + 1) for place in range(count)]
    found = spans.decode([spans.encode([("가 " * count, by_column(terms), Runs([], [], []))])])
    assert found.starts.tolist() == list(range(0, count * 2, 2))
    assert found.positions().tolist() == list(range(count))
