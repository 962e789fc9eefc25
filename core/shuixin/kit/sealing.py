"""Sealing of private values at rest: encrypted for storage, plus a keyed hash to look for equal ones.

>>> sealer = Sealer("a long random secret from the settings")
>>> token = sealer.seal("420202199001011231")
>>> Sealer.is_sealed(token), sealer.open(token)
(True, '420202199001011231')
>>> sealer.fingerprint("420202199001011231") == sealer.fingerprint("420202199001011231")
True
"""

import base64
import binascii
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shuixin.errors import Misconfigured, Refused
from shuixin.texts import domain

_ = domain("shuixin")

#: Begins every token; the number tells which way of sealing made it.
PREFIX = "sealed:1:"
_PREFIX = PREFIX.encode()

#: From the letters of base64 in addresses to those that the library decodes.
_STANDARD = bytes.maketrans(b"-_", b"+/")
_NONCE_BYTES = 12
_TAG_BYTES = 16
_LEAST_SECRET = 16


class Sealer:
    """Seals and opens texts with keys derived from one secret.

    :param secret: at least 16 characters; who loses it loses the sealed values.
    :raises Misconfigured: the secret is too short.
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < _LEAST_SECRET:
            raise Misconfigured(_("加密密钥过短，应不少于{count}个字符。", count=_LEAST_SECRET))
        self._cipher = AESGCM(_derive(secret, b"shuixin sealing 1"))
        self._hash_key = _derive(secret, b"shuixin fingerprint 1")

    def __repr__(self) -> str:
        return "Sealer(…)"

    def seal(self, plain: str) -> str:
        """Return *plain* encrypted and authenticated; each call gives another token."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, plain.encode(), _PREFIX)
        return PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, token: str) -> str:
        """Return the plain text of *token*.

        :raises Refused: it is no token, was altered, or was made with another secret.
        """
        try:
            nonce, sealed = _parts_of(token)
            return self._cipher.decrypt(nonce, sealed, _PREFIX).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            # The token is not repeated: what looks like one may be a plain value in the wrong place.
            raise Refused(_("加密数据无法解密，可能被改动或使用了另一密钥。请核对密钥设置。")) from error

    @staticmethod
    def is_sealed(text: str) -> bool:
        """Tell whether *text* has the form of a token."""
        return text.startswith(PREFIX)

    def fingerprint(self, plain: str) -> str:
        """Return a keyed hash of *plain* (64 hexadecimal digits), equal for equal texts only.

        It is for unique indexes and look-ups; without the secret, it cannot be tried out on all identity numbers.
        """
        return hmac.digest(self._hash_key, plain.encode(), "sha256").hex()


def _parts_of(token: str) -> tuple[bytes, bytes]:
    if not token.startswith(PREFIX):
        raise ValueError("no prefix")
    raw = binascii.a2b_base64(token.removeprefix(PREFIX).encode("ascii").translate(_STANDARD), strict_mode=True)
    if len(raw) < _NONCE_BYTES + _TAG_BYTES:
        raise ValueError("too short")
    return raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
