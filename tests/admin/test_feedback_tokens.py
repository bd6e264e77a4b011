"""A feedback token says what it was signed with, until it ends, and nobody else can make one."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import START

from upspiral.admin.feedback_tokens import PREFIX, TokenSigner
from upspiral.domain.access import FeedbackRight, FeedbackToken
from upspiral.domain.ids import InteractionId, KeyId, WorkspaceId
from upspiral.errors import Unauthorized

SIGNER = TokenSigner(b"secret")
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


def make_token(**more: object) -> FeedbackToken:
    given: dict[str, object] = {
        "workspace": WorkspaceId("default"),
        "key": KeyId("key_1"),
        "interaction": InteractionId("int_1"),
        "until": START + timedelta(hours=1),
    }
    return FeedbackToken(**{**given, **more})  # type: ignore[arg-type]


@pytest.mark.long
@given(WORDS, WORDS, st.none() | WORDS, st.lists(st.sampled_from(FeedbackRight), unique=True))
def test_a_token_is_read_as_it_was_signed(
    workspace: str, interaction: str, rater: str | None, rights: list[FeedbackRight]
) -> None:
    token = make_token(
        workspace=WorkspaceId(workspace),
        interaction=InteractionId(interaction),
        rater=rater,
        rights=tuple(rights),
    )
    text = SIGNER.sign(token)
    assert text.isascii()
    assert SIGNER.read(text, now=START) == token


def test_it_ends_at_its_moment() -> None:
    text, end = SIGNER.sign(make_token()), START + timedelta(hours=1)
    assert SIGNER.read(text, now=end - timedelta(seconds=1))
    with pytest.raises(Unauthorized, match="expired at 2026-01-05 13:00:00 UTC"):
        SIGNER.read(text, now=end)


def test_no_character_of_it_can_be_changed() -> None:
    text = SIGNER.sign(make_token())
    for place, known in enumerate(text):
        other = "A" if known != "A" else "B"
        changed = text[:place] + other + text[place + 1 :]
        with pytest.raises(Unauthorized):
            SIGNER.read(changed, now=START)


def forge(payload: object, signature: str) -> str:
    body = urlsafe_b64encode(msgspec.json.encode(payload)).rstrip(b"=").decode()
    return f"{PREFIX}{body}.{signature}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        PREFIX,
        f"{PREFIX}.",
        "ups_" + "0" * 49,
        f"{PREFIX}\u00e9.\u00e9",
        forge(["default", "key_1", "int_1", 4_000_000_000], ""),
        forge({"workspace": "default"}, "x" * 43),
        TokenSigner(b"another secret").sign(make_token()),
        SIGNER.sign(make_token()) + "=",
        SIGNER.sign(make_token(rater="a" * 3000)),
    ],
)
def test_what_was_not_signed_here_is_refused(text: str) -> None:
    with pytest.raises(Unauthorized, match="no feedback token of this server"):
        SIGNER.read(text, now=START)
