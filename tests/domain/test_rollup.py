"""Of which kind a count is, and of which day."""

from datetime import UTC, datetime

import pytest

from upspiral.domain.rollup import day_of, read_domain


@pytest.mark.parametrize(
    ("metadata", "domain"),
    [
        ({"domain": "billing", "type": "refund"}, "billing"),
        ({"type": "refund"}, "refund"),
        ({"domain": "", "type": "refund"}, "refund"),
        ({"task": "fix bug 12"}, ""),
        ({"domain": "d" * 300}, "d" * 100),
    ],
)
def test_a_request_is_of_the_domain_or_type_that_its_sender_named(
    metadata: dict[str, str], domain: str
) -> None:
    assert read_domain(metadata) == domain


def test_a_moment_belongs_to_its_day_in_utc() -> None:
    assert day_of(datetime(2026, 1, 5, 23, 59, 59, tzinfo=UTC)) == "2026-01-05"
    assert day_of(datetime(2026, 1, 6, tzinfo=UTC)) == "2026-01-06"
