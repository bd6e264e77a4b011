"""Do the answering weights belong to the version they are named after?"""

import json
from pathlib import Path
from typing import Any

from upspiral.errors import HostError

MANIFEST = "upspiral.json"


def fingerprint(adapter: Path) -> dict[str, Any] | None:
    """Read what the trainer wrote down: a probe request and the log-probabilities it must give.

    Gives None for an adapter that was not trained here and so has no fingerprint.
    """
    path = adapter / MANIFEST
    if not path.exists():
        return None
    probe = json.loads(path.read_text()).get("probe")
    return probe if isinstance(probe, dict) else None


def differs(expected: dict[str, float], answered: dict[str, float], *, tolerance: float) -> str | None:
    """Say how an answer to the probe differs from what the trainer saw; None where it does not.

    Args:
        expected: Log-probability of each of the likeliest first tokens, as trained.
        answered: The same as the host answered.
        tolerance: Largest difference that rounding may explain.

    >>> differs({"a": -0.1}, {"a": -0.1001}, tolerance=0.01)
    >>> differs({"a": -0.1}, {"a": -2.0}, tolerance=0.01)
    "token 'a' has log-probability -2.000 instead of -0.100"
    """
    for token, value in expected.items():
        if token not in answered:
            return f"token {token!r} is missing among the likeliest"
        if abs(answered[token] - value) > tolerance:
            return f"token {token!r} has log-probability {answered[token]:.3f} instead of {value:.3f}"
    return None


def top_logprobs(body: dict[str, Any]) -> dict[str, float]:
    """Take the first token's likeliest candidates out of a chat completion.

    Raises:
        HostError: The host gave no log-probabilities.
    """
    try:
        first = body["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        return {item["token"]: float(item["logprob"]) for item in first}
    except (KeyError, IndexError, TypeError) as error:
        raise HostError("The host answered the identity probe without log-probabilities.") from error
