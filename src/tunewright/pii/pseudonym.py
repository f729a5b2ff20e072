"""Pseudonyms: made-up values that are the same wherever a value is the same, by a key that is kept apart from the data.

Without the key nobody can tell whose a pseudonym is, not even by trying every phone number (HMAC-SHA-256, RFC 2104).
What software reads keeps its form: a card passes Luhn, an IBAN its check, an e-mail address is one, at a domain that
RFC 2606 gives to nobody; IP addresses are of the ranges for documentation (RFC 5737's are too few, so RFC 1918's 10/8;
RFC 3849). Whoever holds the key can undo this by trying: it is still personal data (GDPR, article 4 (5)).
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from tunewright.core.errors import Fault
from tunewright.pii import card, iban, national
from tunewright.pii.finding import label

VARIABLE = "TUNEWRIGHT_PII_KEY"
SHORTEST = 32
"""Fewest characters of a key."""
_TRIES = 20_000
"""One in a thousand passes the strictest check."""
_IGNORED = {ord(sign): None for sign in " .-/()+"}

_HOLDS: dict[str, Callable[[str], bool]] = {
    "card": card.checks, "iban": iban.holds, **{kind: one.holds for kind, one in national.KINDS.items()}}
"""The check that a pseudonym must pass, by kind."""
_KEPT = {"card": 6, "iban": 2, "ch_ahv": 3}
"""How many signs in front name no person (issuer, country) and are kept."""


@dataclass(frozen=True)
class Pseudonyms:
    """What gives each value its pseudonym."""

    key: bytes = field(repr=False)

    def __call__(self, kind: str, value: str) -> str:
        """The pseudonym of `value`: equal for values that differ only in case, spaces or how digits are grouped."""
        if kind == "email":
            return self._email(value)
        if kind == "ip":
            return self._ip(value)
        if kind == "credentials":
            return f"user-{self._tag('user', value.partition(':')[0])}:{self._tag(kind, value)}"
        if kind == "phone":
            return self._phone(value)
        if kind in _HOLDS:
            return self._alike(kind, value, _KEPT.get(kind, 0), _HOLDS[kind])
        return f"{label(kind)[:-1]}-{self._tag(kind, value)}]"

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits by which two keys can be told apart, and no key found."""
        return hmac.digest(self.key, b"fingerprint", "sha256").hex()[:8]

    def _bytes(self, kind: str, value: str) -> Iterator[int]:
        """Bytes without end that depend on key, kind and value only."""
        for block in count():
            yield from hmac.digest(self.key, f"{kind}\0{block}\0{value}".encode("utf-8", "surrogatepass"), "sha256")

    def _tag(self, kind: str, value: str) -> str:
        made = hmac.digest(self.key, f"{kind}\0{' '.join(value.lower().split())}".encode("utf-8", "surrogatepass"),
                           hashlib.sha256)
        return base64.b32encode(made)[:10].decode().lower()

    def _email(self, value: str) -> str:
        person, _, domain = value.lower().rpartition("@")
        return f"{self._tag('email', f'{person}@{domain}')}@{self._tag('domain', domain)}.example"

    def _ip(self, value: str) -> str:
        made = self._bytes("ip", value.lower())
        if ":" in value:
            return "2001:db8:" + ":".join(f"{next(made) * 256 + next(made):x}" for _ in range(6))
        return f"10.{next(made)}.{next(made)}.{1 + next(made) % 254}"

    def _phone(self, value: str) -> str:
        """Country code or trunk stay, and so does the form; the last seven digits at least are made up."""
        digits = sum(sign.isdigit() for sign in value)
        kept = 0 if digits < 8 else min(3 if value.lstrip("(").startswith(("+", "00")) else 1, digits - 7)
        return self._alike("phone", value, kept, lambda _: True)

    def _alike(self, kind: str, value: str, kept: int, holds: Callable[[str], bool]) -> str:
        """A value of the same form that holds: digits for digits, letters for letters, after the first `kept`."""
        bare = value.translate(_IGNORED)
        made = self._bytes(kind, bare.upper())
        for _ in range(_TRIES):
            drawn = "".join(sign if at < kept else _drawn(sign, next(made)) for at, sign in enumerate(bare))
            try:
                if drawn != bare and holds(drawn):
                    signs = iter(drawn)
                    return "".join(sign if ord(sign) in _IGNORED else next(signs) for sign in value)
            except (ValueError, KeyError):  # a letter where this kind has none
                continue
        return f"{label(kind)[:-1]}-{self._tag(kind, bare)}]"


def make_pseudonyms() -> Pseudonyms:
    """Pseudonyms by the key in the environment. Raises Fault if there is none, or it could be guessed."""
    key = os.environ.get(VARIABLE, "")
    if len(key) < SHORTEST:
        told = "is not set" if not key else f"has {len(key)} characters"
        raise Fault(f"`pii` pseudonymises, and {VARIABLE} {told}: set it to a secret of at least {SHORTEST} "
                    "characters, such as `openssl rand -hex 32` gives, and keep it apart from the data.")
    return Pseudonyms(key.encode("utf-8", "surrogateescape"))


def _drawn(sign: str, byte: int) -> str:
    if sign.isdigit():
        return str(byte % 10)
    if sign.isalpha():
        drawn = chr(65 + byte % 26)
        return drawn if sign.isupper() else drawn.lower()
    return sign
