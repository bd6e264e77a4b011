"""Values that no database holds, and values of every kind."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from upspiral.storable.limits import MAX_TEXT

EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
LATE = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=14)))
UNSTORABLE = {
    "a NUL": "a\0b",
    "half a character": "a\ud800",
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "no number": float("nan"),
    "a number far out of range": 1e300,
    "a whole number far out of range": 10**30,
    "a moment before all": EARLY,
    "a moment after all": LATE,
    "a moment before 1970": datetime(1969, 12, 31, tzinfo=UTC),
    "a text that is too long": "x" * (MAX_TEXT + 1),
}
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
)
