"""How is a provider's key kept in the store? Encrypted, by a key that is not there."""

import hmac
import os
from base64 import b64decode, b64encode
from binascii import Error
from typing import TYPE_CHECKING

from upspiral.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
PURPOSE = b"upspiral provider keys 1"
"""Parts this key from every other that is made of the installation's secret."""


class KeySealer:
    """Encrypts keys with AES-256-GCM, bound to the names under which they are kept.

    Args:
        secret: The installation's.

    Raises:
        MissingExtra: The package that encrypts is not installed.

    >>> sealer = KeySealer(b"the installation's secret")
    >>> sealer.open("OPENAI_API_KEY", sealer.seal("OPENAI_API_KEY", "sk-1"))
    'sk-1'
    """

    def __init__(self, secret: bytes) -> None:
        self._cipher = _load_cipher()(hmac.digest(secret, PURPOSE, "sha256"))

    def seal(self, name: str, key: str) -> str:
        """Encrypt a key; twice the same gives two different texts.

        Args:
            name: Under which it is kept; it can be opened under no other.
            key: What nobody may see.
        """
        nonce = os.urandom(NONCE_BYTES)
        return b64encode(nonce + self._cipher.encrypt(nonce, key.encode(), name.encode())).decode()

    def open(self, name: str, sealed: str) -> str:
        """Decrypt a key.

        Raises:
            ConfigError: It was sealed by another secret or under another name, or is damaged.
        """
        from cryptography.exceptions import InvalidTag

        try:
            whole = b64decode(sealed, validate=True)
            return self._cipher.decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], name.encode()).decode()
        except (Error, ValueError, InvalidTag):
            raise ConfigError(
                f"The sealed key {name} cannot be opened by the secret of this installation.",
                hint="Give every server the same UPSPIRAL_SECRET, or file `secret` of the data folder; "
                f"or set the key again with `upspiral keys set-provider {name}`.",
            ) from None


def _load_cipher() -> "type[AESGCM]":
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise MissingExtra(
            "Keys of providers are sealed by a package that is not installed.",
            hint='Run `pip install "upspiral[sealed-keys]"`, or put the key into an environment variable.',
        ) from error
    return AESGCM
