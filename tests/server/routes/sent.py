"""A trace, and a record that is sent."""

from typing import Any


def record(**more: Any) -> dict[str, Any]:
    return {"agent": "support", "messages": [{"role": "user", "content": "Hi"}], "answer": "Hello", **more}
