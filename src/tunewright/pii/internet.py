"""E-mail addresses, user and password in a URL, IP addresses."""

import ipaddress
import re
from collections.abc import Iterator

from tunewright.pii.finding import Finding

# RFC 5321 allows 64 characters before the sign. What it allows only in quotes is left to NER.
_EMAIL = re.compile(r"\w[\w.+'%-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,9}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})",
                    re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<![0-9A-Za-z])[A-Za-z][A-Za-z0-9+.-]{1,20}://([^\s/:\"<>?#]{0,256}:[^\s/\"<>]{1,256})@"
                          r"(?=[\w\[])")
_IPV4 = re.compile(r"(?<![\w.-])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w-]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])")
_VERSION = re.compile(r"(?:\bversions?|\bver\.?|\bv|\brelease|\bbuild|§)\s*\Z", re.IGNORECASE)


def find_email(text: str, start: int, end: int) -> Iterator[Finding]:
    """Every e-mail address in `text[start:end]`: a domain with a dot and letters last (no list of top levels)."""
    for match in _EMAIL.finditer(text, start, end):
        begun = match.start()
        # In escaped JSON a line break is a backslash and a letter, which is no part of the address.
        if text[begun] in "nrt" and text[max(0, begun - 1):begun] == "\\" and match.end() - begun > 6:
            begun += 1
        yield Finding(begun, match.end(), "email")


def find_credentials(text: str, start: int, end: int) -> Iterator[Finding]:
    """`user:password` of every URL that has them (RFC 3986, 3.2.1); the URL's other parts stay readable."""
    for match in _CREDENTIALS.finditer(text, start, end):
        yield Finding(*match.span(1), "credentials")


def find_ip(text: str, start: int, end: int) -> Iterator[Finding]:
    """Every IPv4 or IPv6 address in `text[start:end]`, but not a machine's name for itself, nor a version."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text, start, end):
            if _personal(match[0]) and not _VERSION.search(text[max(0, match.start() - 12):match.start()]):
                yield Finding(*match.span(), "ip")


def _personal(written: str) -> bool:
    if ":" not in written:
        return not written.startswith("127.") and written != "0.0.0.0"
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    # `a::b` is an address and an operator between two names: four groups make it an address.
    named = written.count(":") > 2 and any(sign.isdigit() for sign in written)
    return named and not (address.is_loopback or address.is_unspecified)
