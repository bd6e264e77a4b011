"""A notification is posted by the one outbound client; a private network is refused at both times."""

import socket

import pytest
from tests.notify.receiver import Receiver

from upspiral.errors import InvalidInput, ProviderTimeout, Rejected, Unavailable
from upspiral.notify.http import check_reach, post_json
from upspiral.providers.address import OPERATORS, Reach

PRIVATE = (
    "http://127.0.0.1/",
    "http://localhost/",
    "http://10.0.0.1/",
    "http://172.16.3.4/",
    "http://192.168.0.1/",
    "http://169.254.169.254/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
)


@pytest.mark.parametrize("url", PRIVATE)
def test_an_address_in_a_private_network_is_refused_at_both_times(url: str) -> None:
    with pytest.raises(InvalidInput, match="allowed_addresses"):
        check_reach(url, Reach())
    with pytest.raises((Rejected, Unavailable)):
        post_json("{}", url, headers={}, timeout_s=2, reach=Reach())


def test_a_name_that_leads_elsewhere_by_the_time_it_is_used_is_refused_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 0))]
    monkeypatch.setattr("upspiral.notify.http.socket.getaddrinfo", lambda *_, **__: public)
    check_reach("http://rebound.example/", Reach())
    monkeypatch.undo()
    with Receiver() as receiver:
        port = receiver.url.rpartition(":")[2]
        with pytest.raises((Rejected, Unavailable)):
            post_json("{}", f"http://localhost:{port}/", headers={}, timeout_s=5, reach=Reach())
        assert receiver.received == []


def test_a_name_that_nobody_knows_may_be_added_before_it_is_known() -> None:
    check_reach("http://not-there.invalid/", Reach())


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
def test_every_answer_but_2xx_is_a_failure(status: int) -> None:
    with Receiver([status], {"location": "http://127.0.0.1:9/"}) as receiver:
        with pytest.raises(Unavailable, match=str(status)):
            post_json("{}", receiver.url, headers={}, timeout_s=5, reach=OPERATORS)
        assert len(receiver.received) == 1


def test_a_receiver_that_never_answers_is_given_up_in_time() -> None:
    with Receiver() as receiver:
        receiver.hold.clear()
        with pytest.raises(ProviderTimeout):
            post_json("{}", receiver.url, headers={}, timeout_s=0.5, reach=OPERATORS)
