"""How long may names and texts be, and how large numbers, so that both databases keep them?"""

from collections.abc import Mapping
from datetime import UTC, datetime

MAX_NUMBER = 1e15
"""Largest number, in either direction; sums of a billion of them are still finite."""
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
MAX_NAME = 200
"""Characters of an id or a name."""
MAX_LONG_NAME = 500
"""Characters of the name of a model or tool, or of a label."""
MAX_TEXT = 1_000_000
"""Characters of any other text."""
BYTES_PER_CHARACTER = 3
"""A name is in an index, where PostgreSQL counts bytes: so many for each character that is allowed."""
NAMES: Mapping[str, int] = {
    **dict.fromkeys(("id", "workspace", "agent", "agent_id", "conversation", "trace", "span"), MAX_NAME),
    **dict.fromkeys(("end_user", "client_id", "interaction", "key", "rater", "evaluator"), MAX_NAME),
    **dict.fromkeys(("model", "name", "label"), MAX_LONG_NAME),
    "role": 100,
    "data": 100_000_000,
}
"""Fields that hold a name, or a file in base64, with the characters allowed."""
