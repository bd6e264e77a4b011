"""Where do the points of a chart stand? A line with its band, drawn as SVG by the server (pure)."""

from collections.abc import Sequence

from msgspec import Struct, structs

WIDTH, HEIGHT = 720.0, 220.0
"""Of the drawing, in its own units; the page scales it."""
LEFT, RIGHT, TOP, BOTTOM = 44.0, 12.0, 12.0, 28.0
"""Room for the labels of the axes."""
MAX_LABELS = 6
"""Labels under the horizontal axis."""


class Point(Struct, frozen=True):
    """One value with its interval."""

    label: str
    """Such as a day."""
    value: float | None
    """None where nothing is known."""
    low: float
    high: float
    note: str = ""
    """What happened there, such as how a night ended; it is marked."""
    tone: str = "calm"
    """Of the note: `good`, `bad`, `warn` or `calm`."""


class Mark(Struct, frozen=True):
    """Something that happened, on the line of the chart."""

    x: float
    y: float
    text: str
    tone: str


class BandChart(Struct, frozen=True, kw_only=True):
    """A line between 0 and 1 with a band around it, as it is drawn."""

    title: str
    points: tuple[Point, ...]
    line: str
    """The `points` of an SVG polyline."""
    band: str
    """The `points` of an SVG polygon."""
    dots: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]
    labels: tuple[tuple[float, str], ...]
    """Where a label stands under the axis, and what it says."""
    steps: tuple[tuple[float, str], ...]
    """Where a line of the grid runs, and its value."""
    is_share: bool = True
    """Are the values shares, so that a script may draw them again from the table?"""


def draw_band(title: str, points: Sequence[Point]) -> BandChart:
    """Place a series of rates with their intervals.

    Args:
        title: What the chart shows, in a sentence.
        points: In the order of time; those without a value leave a gap in neither line nor band.

    >>> chart = draw_band("Rate", [Point("a", 0.0, 0.0, 1.0), Point("b", 1.0, 0.5, 1.0)])
    >>> chart.line
    '44.0,192.0 708.0,12.0'
    """
    xs = _spread(len(points))
    placed = [(x, one) for x, one in zip(xs, points, strict=True) if one.value is not None]
    upper = [(x, _height(one.high)) for x, one in placed]
    lower = [(x, _height(one.low)) for x, one in reversed(placed)]
    line = [(x, _height(one.value or 0.0)) for x, one in placed]
    every = max(1, -(-len(points) // MAX_LABELS))
    return BandChart(
        title=title,
        points=tuple(points),
        line=_join(line),
        band=_join([*upper, *lower]),
        dots=tuple(line),
        marks=tuple(
            Mark(x, _height(one.value if one.value is not None else 0.0), one.note, one.tone)
            for x, one in zip(xs, points, strict=True)
            if one.note
        ),
        labels=tuple((xs[at], points[at].label) for at in range(0, len(points), every)),
        steps=tuple((_height(step / 4), f"{25 * step} %") for step in range(5)),
    )


def draw_line(title: str, values: Sequence[tuple[str, float]]) -> BandChart:
    """Place a series of amounts from 0 to the largest of them, without a band.

    Args:
        title: What the chart shows, in a sentence.
        values: Label and amount, at least 0.

    >>> [label for _, label in draw_line("Loss", [("1", 4.0), ("2", 1.0)]).steps]
    ['0', '1', '2', '3', '4']
    """
    top = max((value for _, value in values), default=0.0) or 1.0
    points = [Point(label, value / top, value / top, value / top) for label, value in values]
    chart = draw_band(title, points)
    steps = tuple((height, f"{top * at / 4:.3g}") for at, (height, _) in enumerate(chart.steps))
    return structs.replace(chart, steps=steps, band="", is_share=False)


def _spread(count: int) -> list[float]:
    room = WIDTH - LEFT - RIGHT
    if count == 1:
        return [LEFT + room / 2]
    return [round(LEFT + room * at / (count - 1), 1) for at in range(count)]


def _height(value: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(1.0, max(0.0, value))), 1)


def _join(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
