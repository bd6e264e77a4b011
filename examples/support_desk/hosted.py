"""What does a hosted model do that nobody can train? It reads what it is shown, and knows half of the topics.

A stand-in for a model behind somebody else's API. Where a question on the same topic stands before the one
that is asked, it says what was answered there, right or wrong, as a model does that trusts its prompt.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import shop
from upspiral.testing import FakeProvider

NAME = "hosted-model"


class HostedModel(FakeProvider):
    """The endpoint, as a context manager."""

    def say(self, path: str, body: dict[str, Any]) -> str:
        """Answer the last message by those before it."""
        return reply([(one["role"], str(one["content"])) for one in body["messages"]])


def reply(messages: Sequence[tuple[str, str]]) -> str:
    """Answer the last message.

    Args:
        messages: Roles and texts; a question and the answer that follows it are an example.

    >>> gifts = next(topic for topic in shop.TOPICS if not topic.known)
    >>> asked = ("user", f"Please explain {gifts.nouns[0]} to me.")
    >>> reply([asked]) == shop.DONT_KNOW
    True
    >>> reply([asked, ("assistant", gifts.answer), asked]) == gifts.answer
    True
    """
    asked = shop.topic_of(messages[-1][1])
    pairs = itertools.pairwise(messages)
    shown = [
        after[1]
        for before, after in pairs
        if (before[0], after[0]) == ("user", "assistant") and shop.topic_of(before[1]) is asked
    ]
    if asked is None:
        return shop.DONT_KNOW
    return shown[-1] if shown else asked.answer if asked.known else shop.DONT_KNOW
