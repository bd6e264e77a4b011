"""Points of a chart stay within the drawing, whatever they hold."""

import re

from upspiral.server.html.charts import HEIGHT, MAX_LABELS, WIDTH, Point, draw_band


def read_points(text: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([-\d.]+),([-\d.]+)", text)]


def test_every_point_is_within_the_drawing() -> None:
    points = [Point(str(n), (n % 5) / 4, -0.5, 1.5) for n in range(90)]
    chart = draw_band("Rate", points)
    for x, y in read_points(chart.line) + read_points(chart.band):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    assert len(chart.labels) <= MAX_LABELS


def test_a_day_without_a_value_leaves_the_line_and_keeps_its_note() -> None:
    chart = draw_band("Rate", [Point("a", 0.5, 0.4, 0.6), Point("b", None, 0, 1, "failed", "bad")])
    assert len(read_points(chart.line)) == 1
    assert [(mark.text, mark.tone) for mark in chart.marks] == [("failed", "bad")]


def test_nothing_and_one_point_are_drawn_too() -> None:
    assert draw_band("Rate", []).line == ""
    [(x, _)] = read_points(draw_band("Rate", [Point("a", 0.5, 0.4, 0.6)]).line)
    assert 0 < x < WIDTH
