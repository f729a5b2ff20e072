"""API keys: made, listed and revoked by entries of the ledger; a gateway follows them as it follows releases.

A key is `tw-ID-SECRET`, its secret 256 random bits, shown once. The ledger holds a keyed hash of it (BLAKE2b, the id
as its key). A slow hash, made for passwords that people choose, would protect nothing here: 2^256 secrets cannot be
tried, however fast each try is, and every request would have to wait for it.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from time import time

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.identity import actor
from tunewright.core.ledger import Entry
from tunewright.serve.problems import Problem

CREATE, REVOKE = "key", "revoke-key"
_UNKNOWN = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a key may do. `names` are those whose releases it sees (none given: all, and the base).

    `requests` and `tokens` bound a minute, `budget` a calendar month (UTC), in the currency of `serve.price`; None is
    without bound. `expires` is ISO 8601, UTC.
    """

    id: str
    digest: str = ""
    names: tuple[str, ...] = ()
    expires: str | None = None
    requests: int | None = None
    tokens: int | None = None
    budget: float | None = None
    at: str = ""
    by: str = ""
    why: str = ""
    revoked: str | None = None

    def sees(self, name: str) -> bool:
        """Whether the releases of `name` exist for its holder."""
        return not self.names or name in self.names

    @property
    def status(self) -> str:
        """`good`, `expired` or `revoked`."""
        return "revoked" if self.revoked else "expired" if self.expired() else "good"

    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires is not None and datetime.fromisoformat(self.expires).timestamp() <= time()


ANYBODY = Key(id="")
"""Who asks a gateway without keys."""


class Keys:
    """The fold of a ledger's keys. Follow with `take`."""

    def __init__(self) -> None:
        self.known: dict[str, Key] = {}

    def take(self, entries: Iterable[Entry]) -> "Keys":
        """Apply more entries, in order; other actions are none of its concern."""
        for entry in entries:
            if entry.action == CREATE:
                data = {**entry.data, "names": tuple(entry.data["names"])}
                self.known[entry.subject] = Key(id=entry.subject, at=entry.at, by=entry.by, why=entry.why, **data)
            elif entry.action == REVOKE and entry.subject in self.known:
                self.known[entry.subject] = replace(self.known[entry.subject], revoked=entry.at)
        return self

    def check(self, authorization: str) -> Key:
        """The key that an Authorization header holds; ANYBODY if no key was ever made. Raises Problem (401).

        An unknown id takes the same steps as a wrong secret, and digests are compared in constant time.
        """
        if not self.known:
            return ANYBODY
        scheme, _, told = authorization.partition(" ")
        _, _, rest = told.strip().partition("-")
        key_id, _, secret = rest.partition("-")
        key = self.known.get(key_id)
        right = hmac.compare_digest(digest(key_id, secret), key.digest if key else _UNKNOWN)
        if scheme.lower() != "bearer" or key is None or not right:
            raise Problem(401, "the API key is missing or wrong: send it as `Authorization: Bearer tw-…`.",
                          code="invalid_api_key")
        if key.status != "good":
            raise Problem(401, f"the API key {key_id} is {key.status}: ask for a new one.", code="invalid_api_key")
        return key


def digest(key_id: str, secret: str) -> str:
    """The keyed hash of a secret, 64 hexadecimal digits. Anything may be given, and gives some digest."""
    return blake2b(secret.encode(errors="replace"), key=key_id.encode(errors="replace")[:64],
                   digest_size=32).hexdigest()


def create(home: Home, by: str, why: str, *, names: Sequence[str] = (), days: int | None = None,
           requests: int | None = None, tokens: int | None = None, budget: float | None = None) -> tuple[Key, str]:
    """A new key, and its text, which is kept nowhere. Raises Fault for a name without releases, or no
    reason."""
    _said(why, "make a key")
    releases = registry.fold(home)
    for name in names:
        if name != "base":
            releases.of(name)
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    ends = datetime.now(UTC) + timedelta(days=days) if days else None
    data = {"digest": digest(key_id, secret), "names": list(names), "requests": requests, "tokens": tokens,
            "budget": budget, "expires": ends.isoformat(timespec="seconds") if ends else None}
    entry = home.ledger.append(CREATE, key_id, by=actor(by), why=why, data=data)
    return Keys().take([entry]).known[key_id], f"tw-{key_id}-{secret}"


def listed(home: Home) -> list[Key]:
    """Every key ever made, oldest first."""
    entries = (entry for action in (CREATE, REVOKE) for entry in home.ledger.entries(action=action))
    return list(Keys().take(entries).known.values())


def revoke(home: Home, key_id: str, by: str, why: str) -> Key:
    """The key, good no more: gateways refuse it within a second. Raises Fault if there is none, it is revoked, or no
    reason is given."""
    _said(why, "revoke a key")
    known = {key.id: key for key in listed(home)}
    if key_id not in known:
        raise Fault(f"there is no key {key_id}{registry.nearest(key_id, known)}")
    if known[key_id].revoked:
        raise Fault(f"key {key_id} was revoked on {known[key_id].revoked}: there is nothing to revoke.")
    entry = home.ledger.append(REVOKE, key_id, by=actor(by), why=why)
    return replace(known[key_id], revoked=entry.at)


def _said(why: str, act: str) -> None:
    if not why.strip():
        raise Fault(f"say why you {act}: --why REASON goes into the ledger.")
