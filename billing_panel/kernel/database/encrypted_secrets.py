"""Secrets that must be read back are encrypted: a stolen database alone reveals none of them."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken


class SealBroken(ValueError):
    """Sealed with another secret key, or changed."""


@dataclass(frozen=True)
class Seal:
    """``purpose`` keeps what was sealed for one thing from being opened as another."""

    secret_key: str
    purpose: str

    def close(self, value: str) -> str:
        return self._fernet().encrypt(value.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises SealBroken."""
        try:
            return self._fernet().decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealBroken(f"no {self.purpose} of this installation") from error

    def _fernet(self) -> Fernet:
        # the secret key is random, so one pass of a hash is enough to derive from it
        key = hashlib.blake2b(
            self.purpose.encode(), key=hashlib.sha512(self.secret_key.encode()).digest()
        )
        return Fernet(base64.urlsafe_b64encode(key.digest()[:32]))
