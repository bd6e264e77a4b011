"""What lets a page in a browser rate one answer? A signed token with an end, which only a server can make.

A page can be read by everybody who sees it, so it never holds an API key. It holds this instead: the token
names one Interaction and who rates it, and is worth nothing for any other.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b

import msgspec
from msgspec import Struct

from upspiral.domain import Principal
from upspiral.domain.access import FeedbackRight, FeedbackToken, IssuedToken
from upspiral.domain.ids import EPOCH, InteractionId, KeyId, WorkspaceId
from upspiral.errors import Unauthorized
from upspiral.runtime import Runtime, read_secret

PREFIX = "upf_"
PURPOSE = b"upspiral feedback tokens 2"
"""Parts this key from every other that is made of the installation's secret."""
MAX_CHARS = 2000
"""A longer text is no token."""
SIGNATURE_BYTES = 32


class _Payload(Struct, array_like=True, frozen=True):
    """What is signed, as short as can be: it stands in a header of every answer."""

    workspace: str
    key: str
    interaction: str
    until: int
    """Seconds since 1970."""
    rater: str | None = None
    rights: tuple[FeedbackRight, ...] = tuple(FeedbackRight)


class TokenSigner:
    """Signs tokens with keyed BLAKE2b (RFC 7693), and reads those that it signed.

    Every answer of the gateway carries one, and this takes two fifths of the time of HMAC-SHA256.

    Args:
        secret: The installation's.

    >>> signer = TokenSigner(b"the installation's secret")
    >>> made = FeedbackToken(
    ...     workspace=WorkspaceId("default"),
    ...     key=KeyId("key_1"),
    ...     interaction=InteractionId("int_1"),
    ...     until=EPOCH + timedelta(days=1),
    ... )
    >>> signer.read(signer.sign(made), now=EPOCH) == made
    True
    """

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, PURPOSE, "sha256")

    def sign(self, token: FeedbackToken) -> str:
        """Write a token as the text that a page holds."""
        until = (token.until - EPOCH) // timedelta(seconds=1)
        rights = token.rights
        said = _Payload(token.workspace, token.key, token.interaction, until, token.rater, rights)
        payload = _encode(msgspec.json.encode(said))
        return f"{PREFIX}{payload}.{self._sign(payload)}"

    def read(self, text: str, *, now: datetime) -> FeedbackToken:
        """Read a token.

        Raises:
            Unauthorized: It is none, was not signed here, or has expired.
        """
        payload, _, signature = text.removeprefix(PREFIX).partition(".")
        is_token = text.startswith(PREFIX) and len(text) <= MAX_CHARS and text.isascii()
        if not is_token or not hmac.compare_digest(self._sign(payload), signature):
            raise Unauthorized(
                "That is no feedback token of this server.",
                hint="Use the one that came with the answer, in the header x-upspiral-feedback-token.",
            )
        said = msgspec.json.decode(_decode(payload), type=_Payload)
        token = FeedbackToken(
            workspace=WorkspaceId(said.workspace),
            key=KeyId(said.key),
            interaction=InteractionId(said.interaction),
            until=EPOCH + timedelta(seconds=said.until),
            rater=said.rater,
            rights=said.rights,
        )
        if now >= token.until:
            raise Unauthorized(
                f"The feedback token expired at {token.until:%Y-%m-%d %H:%M:%S} UTC.",
                hint="Let your server ask for another: POST /api/v1/feedback-tokens.",
            )
        return token

    def _sign(self, payload: str) -> str:
        return _encode(blake2b(payload.encode(), key=self._key, digest_size=SIGNATURE_BYTES).digest())


class FeedbackTokens:
    """Makes the tokens of one installation and reads them."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @cached_property
    def _signer(self) -> TokenSigner:
        return TokenSigner(read_secret(self._runtime.settings))

    def issue(
        self,
        principal: Principal,
        interaction: InteractionId,
        *,
        rater: str | None = None,
        rights: Sequence[FeedbackRight] = tuple(FeedbackRight),
        hours: float | None = None,
    ) -> IssuedToken:
        """Make a token for one Interaction.

        Args:
            principal: Whose key it is made for.
            interaction: What may be rated; it may come later.
            rater: The end user or session that rates; None for the end user of the Interaction.
            rights: What may be done with it.
            hours: How long it is valid; None for the setting.
        """
        life = timedelta(hours=self._runtime.settings.feedback.token_hours if hours is None else hours)
        until = (self._runtime.now() + life).replace(microsecond=0)
        text = self._signer.sign(
            FeedbackToken(
                workspace=principal.workspace,
                key=principal.key,
                interaction=interaction,
                until=until,
                rater=rater,
                rights=tuple(rights),
            )
        )
        return IssuedToken(token=text, interaction=interaction, expires=until)

    def read(self, text: str) -> FeedbackToken:
        """Read a token; whether its key is still good is not asked here.

        Raises:
            Unauthorized: It is none, was not signed here, or has expired.
        """
        return self._signer.read(text, now=self._runtime.now())


def _encode(given: bytes) -> str:
    return urlsafe_b64encode(given).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
