"""Where a URL may lead: one strict parser, and every address behind a name."""

import pytest

from upspiral.errors import InvalidInput, Rejected
from upspiral.providers.address import OPERATORS, Reach, parse

BAD = [
    "http://2130706433:8876",
    "http://0x7f000001:8876",
    "http://0x7f.1",
    "http://127.1:8876",
    "http://017700000001",
    "http://127.0.0.1.:8876",
    "http://0177.0.0.1",
    "http://1.2.3.4.5",
    "http://user:pw@127.0.0.1:8876",
    "http://evil.example@127.0.0.1",
    "http://127.0.0.1:80@evil.example/",
    "http://127.0.0.1/admin/delete?x=",
    "http://127.0.0.1/a#b",
    "http://127.0.0.1/a%2f..%2fb",
    "http://127.0.0.1/a/../b",
    "http://127.0.0.1\\@evil.example",
    "http://⑫7.0.0.1",
    "http://\uff11\uff12\uff17.0.0.1",
    "http://ex。ample",
    "http://127.0.0.1\r\nX: y",
    "http://127.0.0.1\t",
    " http://127.0.0.1",
    "http://127.0.0.1\x00",
    "http://[::1%25eth0]",
    "http://[::1",
    "http://[1.2.3.4]",
    "http://a..b",
    "http://.",
    "http://host.",
    "http://:80",
    "http://host:0",
    "http://host:65536",
    "http://host:",
    "http://" + "a" * 64 + ".example",
    "http://" + "a." * 150 + "example",
    "http://host/" + "a" * 3000,
    "http:///x",
    "http://",
    "http:x",
    "//127.0.0.1",
    "file:///etc/passwd",
    "ftp://127.0.0.1",
    "gopher://127.0.0.1/_x",
    "unix:///x",
    "",
]


@pytest.mark.parametrize("url", BAD)
def test_a_url_that_two_parsers_could_read_differently_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as found:
        parse(url)
    assert "pw" not in str(found.value)


@pytest.mark.parametrize(
    ("url", "one_form"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("HTTP://LocalHost:8000/v1/", "http://localhost:8000/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://vllm_server:80/v1", "http://vllm_server/v1"),
        ("https://xn--mnchen-3ya.example:443", "https://xn--mnchen-3ya.example"),
        ("https://eu.example/v1beta/openai", "https://eu.example/v1beta/openai"),
        ("http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1"),
    ],
)
def test_a_plain_url_has_one_form(url: str, one_form: str) -> None:
    assert parse(url).url == one_form


PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.1.1",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fc00::1",
    "fe80::1",
    "::ffff:0:127.0.0.1",  # as a translator writes it
    "64:ff9b:1::7f00:1",
    "4000::1",  # given out to nobody
]
METADATA = [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
    "fe80::a9fe:a9fe",
    "::ffff:0:169.254.169.254",
]


@pytest.mark.parametrize("ip", [*PRIVATE, *METADATA, "224.0.0.1", "255.255.255.255", "240.0.0.1"])
def test_only_public_addresses_may_be_asked_where_no_operator_defined_it(ip: str) -> None:
    with pytest.raises(Rejected) as found:
        Reach().check(ip, host="a.example")
    assert ip not in str(found.value)


@pytest.mark.parametrize("ip", PRIVATE)
def test_an_operator_may_define_private_endpoints(ip: str) -> None:
    OPERATORS.check(ip, host="a.example")


@pytest.mark.parametrize("ip", METADATA)
def test_where_clouds_hand_out_credentials_needs_a_setting_of_its_own(ip: str) -> None:
    with pytest.raises(Rejected, match="credentials"):
        OPERATORS.check(ip, host="a.example")
    Reach(allowed=("a.example",)).check(ip, host="a.example")
    Reach(allowed=("169.254.0.0/16", "168.63.129.16", "100.0.0.0/8", "fc00::/7", "fe80::/10")).check(
        ip, host="b.example"
    )


@pytest.mark.parametrize("ip", ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_may_be_asked(ip: str) -> None:
    Reach().check(ip, host="a.example")
