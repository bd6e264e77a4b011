"""What sends has the three parts of the protocol, and reaches no private network unless it is told to."""

import pytest

from upspiral.config import Settings
from upspiral.cycle.notifiers import make_sender
from upspiral.errors import Rejected
from upspiral.notify.base import Destination, NotificationSender


@pytest.mark.parametrize("kind", ["webhook", "slack", "discord"])
def test_built_in_senders_are_senders(kind: str) -> None:
    assert isinstance(make_sender(kind, Settings()), NotificationSender)


def test_something_without_a_check_is_no_sender() -> None:
    class Half:
        is_secret = False

        def send(self) -> None: ...

    assert not isinstance(Half(), NotificationSender)


def test_only_addresses_that_are_secret_by_themselves_are_kept_encrypted_at_any_price() -> None:
    secret = {kind: make_sender(kind, Settings()).is_secret for kind in ("webhook", "slack", "discord")}
    assert secret == {"webhook": False, "slack": True, "discord": True}


def test_a_destination_leads_into_no_private_network_by_itself() -> None:
    for ip in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"):
        with pytest.raises(Rejected):
            Destination("https://example.org").reach.check(ip, host="example.org")
