"""One HTTP endpoint that speaks OpenAI's API: requests with retries, time and size limits, and a key never shown."""

import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any

import httpx

from tunewright.core.errors import Fault
from tunewright.engine.engine import Refused, TooLong

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses that may be gone when asked again."""

_LARGEST = 16 * 2**20  # bytes of one answer
_FIRST, _LONGEST = 0.5, 60.0  # seconds of the first wait and of any
_SHOWN = 200  # characters of a server's own words


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where to ask, and how patiently. `timeout` is in seconds for one try; `retries` are tries after the first."""

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    retries: int = 5

    def __post_init__(self) -> None:
        """Raises Fault for a URL that is none, or that would carry the key in the clear to another machine."""
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL as error:
            raise Fault(f"endpoint {self.url[:_SHOWN]} is not a URL ({error}): give one such as "
                        "https://host/v1.") from error
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise Fault(f"endpoint {url.host or self.url[:_SHOWN]} is not a plain http(s) URL: give one such as "
                        "https://host/v1, and the key by the name of its environment variable.")
        if self.key and url.scheme == "http" and not _here(url.host):
            raise Fault(f"endpoint {url.host} would get its key unencrypted: use https, or leave `key` out.")


class Caller:
    """Posts to an endpoint from many threads. `wait` sleeps between tries, in seconds."""

    def __init__(self, endpoint: Endpoint, wait: Callable[[float], None] = time.sleep) -> None:
        self._endpoint = endpoint
        self._wait = wait
        self._host = httpx.URL(endpoint.url).host
        self._headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        self._client = httpx.Client(timeout=endpoint.timeout, headers=self._headers)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The JSON object that answers `body`.

        Tries again after a passing failure, as long as the server's Retry-After says or with growing, random waits.
        Raises Refused or TooLong for a request that is at fault, Fault for the rest.
        """
        for left in range(self._endpoint.retries, -1, -1):
            try:
                status, headers, content = self._once(path, body)
            except httpx.TransportError as error:
                problem = f"did not answer ({type(error).__name__})"
                pause = None
            else:
                if status < 300:
                    return self._parsed(content)
                if status not in PASSING:
                    raise self._refusal(status, content)
                problem = f"answered {status}{self._said(content)}"
                pause = retry_after(headers.get("retry-after"))
            if left:
                self._wait(self._pause(pause, self._endpoint.retries - left))
        raise Fault(f"endpoint {self._host} {problem} {self._endpoint.retries + 1} times: run the same command again "
                    "later; what was answered is kept.")

    @asynccontextmanager
    async def stream(self, path: str, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The server-sent events that answer `body`, each a JSON object. One try: raises as `post` does."""
        async with httpx.AsyncClient(timeout=self._endpoint.timeout, headers=self._headers) as client:
            try:
                async with client.stream("POST", self._url(path), json=body) as response:
                    if response.status_code >= 300:
                        raise self._refusal(response.status_code, await response.aread())
                    yield _events(response)
            except httpx.TransportError as error:
                raise Fault(f"endpoint {self._host} did not answer ({type(error).__name__}): ask again.") from error

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _url(self, path: str) -> str:
        return f"{self._endpoint.url.rstrip('/')}/{path}"

    def _once(self, path: str, body: dict[str, Any]) -> tuple[int, httpx.Headers, bytes]:
        deadline = time.monotonic() + self._endpoint.timeout
        with self._client.stream("POST", self._url(path), json=body) as response:
            pieces, size = [], 0
            for piece in response.iter_bytes():
                if time.monotonic() > deadline:  # a server that sends a byte now and then
                    raise httpx.ReadTimeout("the answer takes too long")
                size += len(piece)
                if size > _LARGEST:
                    raise Fault(f"endpoint {self._host} sends more than {_LARGEST >> 20} MB for one answer: "
                                "ask another one.")
                pieces.append(piece)
            return response.status_code, response.headers, b"".join(pieces)

    def _pause(self, told: float | None, tries: int) -> float:
        """Seconds to wait. Raises Fault if the server wants more patience than a command should have."""
        if told is None:
            # Full jitter: clients that failed together do not come back together.
            return random.uniform(0, min(_LONGEST, _FIRST * 2**tries))
        if told > _LONGEST:
            raise Fault(f"endpoint {self._host} wants {told:.0f} s of rest: run the same command again after that; "
                        "what was answered is kept.")
        return told

    def _parsed(self, content: bytes) -> dict[str, Any]:
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise Fault(f"endpoint {self._host} answers what is not JSON: check that `url` ends where its API "
                        "begins, such as /v1.") from error
        if not isinstance(value, dict):
            raise Fault(f"endpoint {self._host} does not speak OpenAI's API: check `url`.")
        return value

    def _refusal(self, status: int, content: bytes) -> Fault:
        said = self._said(content)
        if status in (401, 403):
            return Fault(f"endpoint {self._host} refuses the key ({status}): check the environment variable that "
                         "`key` names.")
        if status == 404:
            return Fault(f"endpoint {self._host} has no such address or model ({status}{said}): check `url` and "
                         f"`model: {self._endpoint.model}`.")
        if b"context_length" in content or status == 413:
            return TooLong(f"the prompt is longer than {self._endpoint.model} reads{said}: shorten it.")
        return Refused(f"endpoint {self._host} refuses the request ({status}{said}): change it.")

    def _said(self, content: bytes) -> str:
        """The server's own words, cut, printable and without the key, should it send it back."""
        try:
            error = json.loads(content)["error"]
            text = str(error["message"] if isinstance(error, dict) else error)
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        if self._endpoint.key:
            text = text.replace(self._endpoint.key, "…")
        shown = "".join(character for character in text if character.isprintable())[:_SHOWN].rstrip(". ")
        return f": {shown}" if shown else ""


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or a date (RFC 9110, 10.2.3). None if it says neither."""
    if value is None:
        return None
    if value.strip().replace(".", "", 1).isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in response.aiter_lines():
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data == "[DONE]":
            return
        if data:
            try:
                yield json.loads(data)
            except ValueError as error:
                raise Fault("the endpoint streams what is not JSON: ask another one.") from error
