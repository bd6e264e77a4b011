"""What must a notifier that sends to addresses keep to? It refuses what is none, and takes every event."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from upspiral.config import Settings
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.night.notification import NotificationType, make_notification
from upspiral.errors import UpspiralError
from upspiral.notify.base import Destination, NotificationSender
from upspiral.providers.address import OPERATORS
from upspiral.testing.contracts.facts import STRANGE_NAMES

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


class SenderContract:
    """The battery for a notifier that sends; `make` is what was registered."""

    make: Any
    """Makes a NotificationSender from all settings: a class, or a function within `staticmethod`."""
    settings: ClassVar[dict[str, Any]] = {}
    """What it needs to be set."""
    bad_addresses: ClassVar[tuple[str, ...]] = ("", "no address", "ftp://example.org/x", "a\nb@example.org")

    @pytest.fixture
    def sender(self, tmp_path: Path) -> NotificationSender:
        """Make one for a data folder of its own."""
        made: NotificationSender = type(self).make(Settings(data=tmp_path, **self.settings))
        return made

    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        """Give an address at which somebody takes what is sent; the data folder is `tmp_path`.

        Raises:
            NotImplementedError: The contract of a notifier must say one.
        """
        raise NotImplementedError

    @pytest.fixture
    def dead_address(self) -> str:
        """Give an address at which nobody takes anything."""
        return "http://127.0.0.1:9/nobody"

    def test_it_is_a_sender(self, sender: NotificationSender) -> None:
        """See that it has what is asked of it."""
        assert isinstance(sender, NotificationSender)
        assert isinstance(sender.is_secret, bool)

    def test_it_gives_an_address_in_a_form_that_it_takes_again(
        self, sender: NotificationSender, address: str
    ) -> None:
        """Check an address twice."""
        kept = sender.check(address)
        assert sender.check(kept) == kept

    def test_it_refuses_what_is_no_address(self, sender: NotificationSender) -> None:
        """Check what nobody could be reached by."""
        for wrong in self.bad_addresses:
            with pytest.raises(UpspiralError):
                sender.check(wrong)

    def test_it_delivers_every_event_whatever_its_names_are(
        self, sender: NotificationSender, address: str
    ) -> None:
        """Send one of each kind, with names that nobody should be able to act by."""
        to = Destination(sender.check(address), ("whsec_c2VjcmV0",), OPERATORS)
        for kind in NotificationType:
            for name in STRANGE_NAMES:
                told = make_notification(
                    kind, name, workspace=DEFAULT_WORKSPACE, at=NOW, what=name, model=name
                )
                sender.send(told, to, at=NOW)

    def test_it_says_so_where_nobody_takes_it(self, sender: NotificationSender, dead_address: str) -> None:
        """Send to nobody: what is not delivered is tried again only if that is said."""
        told = make_notification(NotificationType.TEST, "x", workspace=DEFAULT_WORKSPACE, at=NOW)
        with pytest.raises(Exception, match=r".*"):
            sender.send(told, Destination(dead_address, (), OPERATORS), at=NOW)
