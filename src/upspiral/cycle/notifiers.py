"""Who is told what happens? Listeners hear every step of a night; senders carry notifications to people.

Both are notifiers. The setting `cycle.notifiers` names the listeners; senders are given addresses with
`upspiral webhooks add`, and what they are to deliver waits in the outbox (`outbox.py`).
"""

from pathlib import Path
from typing import Protocol

from upspiral.config import Settings
from upspiral.domain import CycleEvent
from upspiral.errors import ConfigError
from upspiral.notify.base import NotificationSender
from upspiral.notify.chat import Discord, Slack
from upspiral.notify.email import Email
from upspiral.notify.signed import SignedWebhook
from upspiral.plugin_kinds import NOTIFIER

FOLDER = "nights"
OWN_SENDERS = ("webhook", "slack", "discord", "email")
"""Those that Upspiral brings."""


class Notifier(Protocol):
    """Is told of every event of a night, in the night's own thread; what it raises is logged, no more.

    The same event may come twice where a process was stopped in between; its `id` is the same then.
    """

    def __call__(self, event: CycleEvent, /) -> None:
        """Take one event: a step that started, finished or failed, or the night that ended."""
        ...


def make_notifiers(settings: Settings) -> tuple[Notifier, ...]:
    """Make the notifiers that the settings name.

    Raises:
        ConfigError: There is none of a name, or it is no listener.
    """
    return tuple(_make_listener(name, settings) for name in settings.cycle.notifiers)


def _make_listener(name: str, settings: Settings) -> Notifier:
    made: Notifier = NOTIFIER.get(name)(settings)
    if callable(made):
        return made
    raise ConfigError(
        f"The notifier {name!r} of `cycle.notifiers` does not listen to nights: it sends to addresses.",
        hint=f"Leave it out there, and run `upspiral webhooks add --kind {name} ADDRESS`.",
    )


def make_sender(name: str, settings: Settings) -> NotificationSender:
    """Make the sender of a name.

    Raises:
        ConfigError: There is no notifier of that name, or it takes no addresses.
    """
    made = NOTIFIER.get(name)(settings)
    if isinstance(made, NotificationSender):
        return made
    raise ConfigError(
        f"The notifier {name!r} sends to no addresses: it listens to the steps of nights.",
        hint=f"List it in the setting `cycle.notifiers`, or choose one of {', '.join(OWN_SENDERS)}.",
    )


class NightLog:
    """Listens to the events of nights and writes each into the file of its night.

    Args:
        folder: Of the logs.
        keep: So many nights keep their file, those written last.
    """

    def __init__(self, folder: Path, *, keep: int) -> None:
        self.folder, self._keep = folder / FOLDER, keep

    def __call__(self, event: CycleEvent) -> None:
        """Write one event: when, which step, and what became of it; what a step quotes stays in the store."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self.folder / f"{event.cycle}.log"
        if not file.exists():
            self._remove_oldest()
        with file.open("a") as out:
            out.write(f"{event.at.isoformat(timespec='seconds')} {event.step} {event.what}\n")

    def _remove_oldest(self) -> None:
        """Make room for one more."""
        files = sorted(self.folder.glob("*.log"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in files[self._keep - 1 :]:
            old.unlink(missing_ok=True)


@NOTIFIER.register("night-log")
def make_night_log(settings: Settings) -> NightLog:
    """Make the one that writes beside the server's log."""
    return NightLog(settings.data / "logs", keep=settings.log_nights)


@NOTIFIER.register("webhook")
def make_signed_webhook(settings: Settings) -> SignedWebhook:
    """Make the one that posts signed JSON to any server."""
    return SignedWebhook(settings.webhooks)


@NOTIFIER.register("slack")
def make_slack(settings: Settings) -> Slack:
    """Make the one that writes to a channel of Slack."""
    return Slack(settings.webhooks)


@NOTIFIER.register("discord")
def make_discord(settings: Settings) -> Discord:
    """Make the one that writes to a channel of Discord."""
    return Discord(settings.webhooks)


@NOTIFIER.register("email")
def make_email(settings: Settings) -> Email:
    """Make the one that sends e-mails."""
    return Email(settings.webhooks)
