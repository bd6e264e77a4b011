"""How is a notification said in one line? In our words; names are made harmless for the channel (pure)."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from upspiral.domain.night.notification import Notification, NotificationType

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
"""What moves a cursor, breaks a line, or turns the direction of writing."""
MAX_VALUE_CHARS = 200
SENTENCES: dict[NotificationType, str] = {
    NotificationType.NIGHT_ENDED: "The night of {agent} ended: {ending}. upspiral history {agent} says why.",
    NotificationType.TRAINING_ENDED: "The training {job} of {agent} ended: {state}.",
    NotificationType.CANARY_STARTED: "Version {version} of {agent} is a canary now.",
    NotificationType.VERSION_PROMOTED: "Version {version} of {agent} is live now.",
    NotificationType.VERSION_ROLLED_BACK: "Version {version} of {agent} was rolled back: {verdict}.",
    NotificationType.APPROVAL_WAITING: "A text that was learned for {agent} waits for approval: {approval}.",
    NotificationType.BUDGET_SPENT: "The budget of the night of {agent} is used up.",
    NotificationType.MODEL_SHUTDOWN: "The model {model} of {agent} is switched off on {shutdown}.",
    NotificationType.ERROR: "{what} failed. The server's log and upspiral history say why.",
    NotificationType.TEST: "This is a test. Notifications of the workspace {workspace} arrive here.",
}


def describe(notification: Notification, escape: Callable[[str], str]) -> str:
    """Say what happened in a sentence.

    Args:
        notification: Whose body holds what is said.
        escape: Makes a name harmless in the channel.
    """
    data = read_data(notification)
    said = {name: escape(make_harmless(value)) for name, value in data.items()}
    return SENTENCES[notification.type].format_map(_Known(said))


def read_data(notification: Notification) -> dict[str, Any]:
    """Give what the payload says."""
    found: dict[str, Any] = msgspec.json.decode(notification.body)["data"]
    return found


def make_harmless(value: object) -> str:
    r"""Write a value on one line, without characters that act.

    >>> make_harmless("shop\x1b[2J\nand\u202e more")
    'shop [2J and  more'
    """
    return CONTROL.sub(" ", str(value))[:MAX_VALUE_CHARS]


class _Known(dict[str, str]):
    """Values by name; a question mark for those that are not known."""

    def __missing__(self, key: str) -> str:
        return "?"
