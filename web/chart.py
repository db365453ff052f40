"""Numbers over time as shapes of an SVG: bars of a total, lines of its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 150
_TOP, _BOTTOM, _LEFT = 10, 20, 44
_LABELS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """The total of one period."""

    x: float
    y: float
    width: float
    height: float
    period: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """The course of one part: ``points`` as a polyline has them."""

    name: str
    points: str
    last: tuple[float, float]
    count: int


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything to be drawn, in a box of WIDTH by HEIGHT."""

    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    periods: tuple[Label, ...]
    levels: tuple[Label, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    ground: int = HEIGHT - _BOTTOM


def chart(
    periods: Sequence[str], total: Sequence[int], series: Mapping[str, Sequence[int]]
) -> Chart:
    """The shapes for a total, and parts of it, in each period."""
    most = _rounded(max((*total, 1)))
    step = (WIDTH - _LEFT) / max(len(periods), 1)
    room = HEIGHT - _TOP - _BOTTOM

    def y(count: int) -> float:
        return round(_TOP + room * (1 - count / most), 1)

    def x(place: float) -> float:
        return round(_LEFT + step * place, 1)

    gap = 0.12
    bars = tuple(
        Bar(
            x(i + gap),
            y(count),
            round(step * (1 - 2 * gap), 1),
            round(HEIGHT - _BOTTOM - y(count), 1),
            period,
            count,
        )
        for i, (period, count) in enumerate(zip(periods, total, strict=True))
    )
    lines = []
    for name, counts in series.items():
        places = [(x(i + 0.5), y(count)) for i, count in enumerate(counts)]
        if places:
            points = " ".join(f"{a},{b}" for a, b in places)
            lines.append(Line(name, points, places[-1], sum(counts)))
    every = -(-len(periods) // _LABELS) or 1
    labels = tuple(Label(x(i + 0.5), periods[i]) for i in range(0, len(periods), every))
    levels = tuple(Label(y(n), f"{n:,}") for n in sorted({most // 2, most}) if n)
    return Chart(bars, tuple(lines), labels, levels)


def _rounded(count: int) -> int:
    """The next number that an axis may end with: few digits, then zeros."""
    unit = 1
    while True:
        for tenths in (10, 12, 16, 20, 30, 40, 60, 80):
            if unit * tenths // 10 >= count:
                return unit * tenths // 10
        unit *= 10
