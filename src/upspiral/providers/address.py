"""Where may we be sent? A URL is parsed once, and every address behind it is checked (pure)."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from msgspec import Struct

from upspiral.errors import InvalidInput, Rejected

MAX_URL_CHARS = 2000
KEPT_ANSWERS = 1024
"""URLs and addresses whose checks are remembered; every request asks again, and nothing else decides."""
URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[a-z0-9._~!$&'()*+,;=:@/-]*)?",
    re.IGNORECASE | re.ASCII,
)
NUMERIC_END = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)")
"""What some resolvers read as an IPv4 address: 2130706433, 0x7f.1, 127.1."""
METADATA = tuple(
    ip_network(one)
    for one in (
        "169.254.169.254/32",  # Amazon, Google, Azure, Oracle, DigitalOcean
        "169.254.170.2/32",  # tasks of Amazon ECS
        "169.254.170.23/32",  # pods of Amazon EKS
        "168.63.129.16/32",  # the Azure host
        "100.100.100.200/32",  # Alibaba
        "192.0.0.192/32",  # Oracle, the older one
        "fd00:ec2::254/128",  # Amazon
        "fd00:ec2::23/128",
        "fd20:ce::254/128",  # Google
        "fe80::a9fe:a9fe/128",  # OpenStack
    )
)
"""Where clouds hand credentials to whoever asks."""
NAT64 = IPv6Network("64:ff9b::/96")
TRANSLATED = IPv6Network("::ffff:0:0:0/96")
"""IPv4 addresses as a translator writes them (RFC 6145)."""
GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that is given out; Python takes what is not for global, too."""

IPAddress = IPv4Address | IPv6Address


class Address(Struct, frozen=True):
    """A URL of an endpoint, taken apart."""

    scheme: str
    host: str
    """In lower case, without brackets."""
    port: int
    path: str = ""

    @property
    def url(self) -> str:
        """The one way in which it is written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return f"{self.scheme}://{host}{'' if self.port == usual else f':{self.port}'}{self.path}"

    @property
    def ip(self) -> IPAddress | None:
        """The address, where the host is one and no name."""
        return _read_ip(self.host)


class Reach(Struct, frozen=True):
    """Which addresses may be asked."""

    private: bool = False
    """Loopback, private and link-local ones too: for endpoints that the operator defined."""
    allowed: tuple[str, ...] = ()
    """Names, addresses and networks that are allowed whatever they are."""

    def check(self, ip: str, *, host: str) -> None:
        """See that an address may be asked.

        Args:
            ip: The address.
            host: What it was found under, for the settings.

        Raises:
            Rejected: It may not; says why, without the address.

        >>> Reach(private=True).check("127.0.0.1", host="localhost")
        >>> Reach().check("::ffff:127.0.0.1", host="evil.example")
        Traceback (most recent call last):
        ...
        upspiral.errors.Rejected: The host 'evil.example' leads into a private network. Only the \
administrator of the installation can define such an endpoint.
        """
        _check(self, ip, host)

    def allows(self, ip: IPAddress, host: str) -> bool:
        """Say whether the operator listed it."""
        for one in self.allowed:
            network = network_of(one)
            if one.lower() == host or (network is not None and ip in network):
                return True
        return False


@lru_cache(maxsize=KEPT_ANSWERS)
def _read_ip(host: str) -> IPAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


@lru_cache(maxsize=KEPT_ANSWERS)
def _check(reach: Reach, ip: str, host: str) -> None:
    """See that an address may be asked; see `Reach.check`."""
    found = _unwrap(ip_address(ip))
    if reach.allows(found, host):
        return
    if any(found in network for network in METADATA):
        raise Rejected(
            f"The host {host!r} is where a cloud hands out credentials.",
            hint="If it is meant, list it in the setting `providers.allowed_addresses`.",
        )
    if found.is_multicast or (found.is_reserved and found.version == 4):
        raise Rejected(f"The host {host!r} is no address of one machine.", hint="Change the URL.")
    is_public = found.is_global and (found.version == 4 or found in GLOBAL_UNICAST)
    if not is_public and not reach.private:
        raise Rejected(
            f"The host {host!r} leads into a private network.",
            hint="Only the administrator of the installation can define such an endpoint.",
        )


OPERATORS = Reach(private=True)
"""What an endpoint may reach that the operator wrote down."""


@lru_cache(maxsize=KEPT_ANSWERS)
def parse(url: str) -> Address:
    """Take a URL apart, in the one strict way that leaves nothing to a second parser.

    Raises:
        InvalidInput: Says what is wrong with it.

    >>> parse("HTTPS://API.OpenAI.com/v1/").url
    'https://api.openai.com/v1'
    >>> parse("http://127.1:8876")
    Traceback (most recent call last):
    ...
    upspiral.errors.InvalidInput: The URL 'http://127.1:8876' cannot be used: its host is a number in an \
unusual form. Write http(s)://HOST[:PORT][/PATH].
    """
    found = URL.fullmatch(url) if len(url) <= MAX_URL_CHARS else None
    why = _fault(url) if found is None else ""
    if found is not None:
        host = found["host"].strip("[]").lower()
        port = int(found["port"] or (443 if found["scheme"].lower() == "https" else 80))
        path = (found["path"] or "").rstrip("/")
        why = _fault_of_parts(found["host"].lower(), port, path)
        if not why:
            return Address(found["scheme"].lower(), host, port, path)
    raise InvalidInput(
        f"The URL {_hide_credentials(url)} cannot be used: {why}.", hint="Write http(s)://HOST[:PORT][/PATH]."
    )


def network_of(text: str) -> IPv4Network | IPv6Network | None:
    """Read an address or a network; None where it is neither.

    >>> network_of("10.0.0.0/8"), network_of("llm.internal")
    (IPv4Network('10.0.0.0/8'), None)
    """
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _fault(url: str) -> str:
    authority = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]
    faults = (
        (len(url) > MAX_URL_CHARS, "it is too long"),
        (re.search(r"[\x00-\x20\x7f-\x9f]", url), "it holds a space or a control character"),
        (not url.isascii(), "it holds letters outside ASCII; write the host's xn-- form"),
        (not re.match(r"https?://", url, re.IGNORECASE), "it does not begin with http:// or https://"),
        ("@" in authority, "it holds a user name; keys come from environment variables"),
        ("?" in url or "#" in url, "a base URL has no query and no fragment"),
        (not authority, "it names no host"),
        ("%" in url or "\\" in url, "it holds escaped characters"),
    )
    return next((why for wrong, why in faults if wrong), "its host or port cannot be read")


def _fault_of_parts(host: str, port: int, path: str) -> str:
    if not 0 < port < 65536:
        return "there is no such port"
    if any(part in (".", "..") for part in path.split("/")):
        return "its path goes up and down"
    if host.startswith("["):
        return "" if ":" in host and _is_ip(host[1:-1]) else "its host is no IPv6 address"
    if NUMERIC_END.fullmatch(host):
        return "" if _is_ip(host) else "its host is a number in an unusual form"
    if len(host) > 253 or any(not 0 < len(label) <= 63 for label in host.split(".")):
        return "its host is no name"
    return ""


def _is_ip(text: str) -> bool:
    return _read_ip(text) is not None


def _unwrap(ip: IPAddress) -> IPAddress:
    """Give the IPv4 address that an IPv6 address stands for.

    >>> str(_unwrap(ip_address("64:ff9b::7f00:1")))
    '127.0.0.1'
    """
    if isinstance(ip, IPv4Address):
        return ip
    low = IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip in NAT64 or ip in TRANSLATED or (int(ip) >> 32 == 0 and int(ip) > 1):
        return low
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def _hide_credentials(url: str) -> str:
    text = re.sub(r"//[^/?#]*@", "//***@", url)
    return repr(text[:200] + ("…" if len(text) > 200 else ""))
