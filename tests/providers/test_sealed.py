"""A sealed key is opened under its own name, by its own secret, and by nothing else."""

from base64 import b64decode, b64encode

import pytest

from upspiral.errors import ConfigError, MissingExtra
from upspiral.providers import sealed
from upspiral.providers.sealed import KeySealer

NAME, KEY = "OPENAI_API_KEY", "sk-a-canary-that-nobody-sees"


def test_a_sealed_key_says_nothing_of_the_key_and_opens_to_it() -> None:
    sealer = KeySealer(b"secret")
    first, second = sealer.seal(NAME, KEY), sealer.seal(NAME, KEY)
    assert first != second
    assert KEY.encode() not in b64decode(first)
    assert KeySealer(b"secret").open(NAME, second) == KEY


@pytest.mark.parametrize("damage", ["another secret", "another name", "a changed byte", "no base64", "cut"])
def test_what_was_not_sealed_so_is_refused_with_the_next_action_and_without_the_key(damage: str) -> None:
    text = KeySealer(b"secret").seal(NAME, KEY)
    secret, name = b"secret", NAME
    if damage == "another secret":
        secret = b"other"
    elif damage == "another name":
        name = "ANTHROPIC_API_KEY"
    elif damage == "a changed byte":
        whole = bytearray(b64decode(text))
        whole[-1] ^= 1
        text = b64encode(whole).decode()
    else:
        text = "not base64!" if damage == "no base64" else text[:8]
    with pytest.raises(ConfigError, match=f"{name} cannot be opened") as refused:
        KeySealer(secret).open(name, text)
    assert f"keys set-provider {name}" in refused.value.hint
    assert KEY not in f"{refused.value!r} {refused.value.__cause__!r}"


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    with pytest.raises(MissingExtra) as missing:
        sealed.KeySealer(b"secret")
    assert "upspiral[sealed-keys]" in missing.value.hint
