"""A message without what says nothing."""

from typing import Any


def normal(value: Any) -> Any:
    """Hold a field that is null and one that is absent to be the same, as the APIs do."""
    if isinstance(value, dict):
        return {name: normal(inner) for name, inner in value.items() if inner is not None}
    return [normal(one) for one in value] if isinstance(value, list) else value
