"""The server's half of the Secure Remote Password protocol as Cognito speaks it, SRP-6a over 3072 bits (RFC 5054)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

PRIME: Final = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
GENERATOR: Final = 2
_INFO: Final = b"Caldera Derived Key\x01"
_KEY_BYTES: Final = 16


def padded(number: int) -> bytes:
    """Big-endian, with a zero before it where the first bit would be a sign."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def hashed(*parts: bytes) -> int:
    """The hash of these bytes as a number."""
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


def key_of(scramble: int, shared: int) -> bytes:
    """The key that both sides derive from their secret (RFC 5869)."""
    extracted = hmac.digest(padded(scramble), padded(shared), "sha256")
    return hmac.digest(extracted, _INFO, "sha256")[:_KEY_BYTES]


MULTIPLIER: Final = hashed(padded(PRIME), padded(GENERATOR))


@dataclass(frozen=True)
class Exchange:
    """One sign-in: what the server made up for it, and what it must hear."""

    pool_name: str
    """The id of the user pool without its region."""
    username: str
    password: str = field(repr=False)
    client_public: int
    salt: int = field(default_factory=lambda: secrets.randbits(128))
    _secret: int = field(default_factory=lambda: secrets.randbits(256), repr=False)
    block: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    @property
    def is_sound(self) -> bool:
        """Whether the client's number proves anything; a multiple of the prime would open with any password."""
        return self.client_public % PRIME != 0

    @property
    def server_public(self) -> int:
        """What the client is sent."""
        return (MULTIPLIER * self._verifier + pow(GENERATOR, self._secret, PRIME)) % PRIME

    def proves(self, signature: str, timestamp: str) -> bool:
        """Whether only somebody who knows the password can have made that signature."""
        message = f"{self.pool_name}{self.username}".encode() + base64.b64decode(self.block) + timestamp.encode()
        wanted = base64.b64encode(hmac.digest(self._key, message, "sha256")).decode()
        return hmac.compare_digest(wanted, signature)

    @property
    def _verifier(self) -> int:
        identity = hashlib.sha256(f"{self.pool_name}{self.username}:{self.password}".encode()).digest()
        return pow(GENERATOR, hashed(padded(self.salt), identity), PRIME)

    @property
    def _key(self) -> bytes:
        scramble = hashed(padded(self.client_public), padded(self.server_public))
        return key_of(scramble, pow(self.client_public * pow(self._verifier, scramble, PRIME), self._secret, PRIME))
