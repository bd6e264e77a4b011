"""Settings that contradict each other are refused, whichever section they belong to."""

from pathlib import Path

import pytest

from upspiral.config import Settings, load
from upspiral.errors import ConfigError

PAIRS = (
    ("route", "min_width", "max_width", (2, 4)),
    ("route", "leave_out_below", "boost_above", (0.2, 0.6)),
    ("capture", "failure_below", "success_at", (0.3, 0.6)),
    ("deploy", "canary_share", "canary_max_share", (0.2, 0.4)),
    ("evaluate", "slice_least", "slice_pairs", (20, 40)),
    ("feedback", "per_minute", "total_per_minute", (5, 50)),
    ("curate", "memory_shown", "memory_max_items", (2, 4)),
)


def _find_named_pairs() -> list[tuple[str, str, str]]:
    """Give the settings of one section whose names say that one limits the other."""
    found = []
    for section, field in Settings.model_fields.items():
        names = set(getattr(field.annotation, "model_fields", ()))
        for low, high in (("min_", "max_"), ("", "total_")):
            pairs = ((name, high + name.removeprefix(low)) for name in names if name.startswith(low))
            found += [(section, name, other) for name, other in pairs if other in names]
    return sorted(found)


def test_settings_whose_names_make_them_a_pair_are_checked_as_one() -> None:
    pairs = _find_named_pairs()
    assert {("route", "min_width", "max_width"), ("feedback", "per_minute", "total_per_minute")} <= set(pairs)
    assert set(pairs) <= {pair[:3] for pair in PAIRS}


@pytest.mark.parametrize(("section", "low", "high", "values"), PAIRS)
def test_a_lower_limit_above_its_upper_one_is_refused_by_name(
    section: str, low: str, high: str, values: tuple[float, float], tmp_path: Path
) -> None:
    least, most = values
    for given in ({low: least, high: most}, {low: least, high: least}):
        read = getattr(load(data=tmp_path, **{section: given}), section)
        assert (getattr(read, low), getattr(read, high)) == tuple(given.values())
    with pytest.raises(ConfigError) as refused:
        load(data=tmp_path, **{section: {low: most, high: least}})
    assert refused.value.message == (
        f"The setting {section}.{low} cannot be {most}: it may not be larger than {high}, which is {least}."
    )


@pytest.mark.parametrize(
    ("section", "given", "other"),
    [
        ("route", {"max_width": 1}, "min_width"),
        ("route", {"min_width": 7}, "max_width"),
        ("route", {"leave_out_below": 0.9}, "boost_above"),
        ("route", {"boost_above": 0.1}, "leave_out_below"),
        ("capture", {"success_at": 0.3}, "failure_below"),
        ("capture", {"failure_below": 0.8}, "success_at"),
        ("deploy", {"canary_share": 0.6}, "canary_max_share"),
        ("deploy", {"canary_max_share": 0.05}, "canary_share"),
        ("evaluate", {"slice_least": 160}, "slice_pairs"),
        ("feedback", {"per_minute": 5_000}, "total_per_minute"),
        ("feedback", {"total_per_minute": 10}, "per_minute"),
    ],
)
def test_a_default_gives_way_to_what_is_set(
    section: str, given: dict[str, float], other: str, tmp_path: Path
) -> None:
    read = getattr(load(data=tmp_path, **{section: given}), section)
    ((name, value),) = given.items()
    assert (getattr(read, name), getattr(read, other)) == (value, value)


def test_a_pair_in_environment_and_file_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "upspiral.toml").write_text("[route]\nmin_width = 4\n")
    monkeypatch.setenv("UPSPIRAL_ROUTE_MAX_WIDTH", "2")
    with pytest.raises(ConfigError, match=r"route.min_width cannot be 4: .* max_width, which is 2"):
        load(data=tmp_path)
