"""API keys by the prefixes that their issuers document, and private keys in PEM (RFC 7468)."""

import re
from collections.abc import Iterator

from tunewright.pii.finding import Finding

_KEYS = (
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",                                             # AWS, key id
    r"gh[pousr]_[A-Za-z0-9]{36,255}", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",    # GitHub
    r"gl(?:pat|ptt|dt|rt)-[\w-]{20,64}",                                                # GitLab
    r"xox[abeoprs]-[A-Za-z0-9-]{10,255}", r"xapp-\d-[A-Za-z0-9-]{20,255}",              # Slack
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,255}", r"whsec_[A-Za-z0-9+/=]{24,64}",  # Stripe
    r"sk-(?:[a-z]+-)*[\w-]{20,255}",                                                    # OpenAI, Anthropic
    r"AIza[\w-]{35}", r"GOCSPX-[\w-]{28}", r"ya29\.[\w-]{20,512}",                      # Google
    r"eyJ[\w-]{8,2048}\.eyJ[\w-]{8,2048}\.[\w-]{8,1024}",                               # JWT, RFC 7519
    r"hf_[A-Za-z0-9]{30,64}", r"npm_[A-Za-z0-9]{36}", r"pypi-[\w-]{50,512}",            # Hugging Face, npm, PyPI
    r"SG\.[\w-]{16,32}\.[\w-]{32,64}", r"SK[0-9a-f]{32}", r"dop_v1_[0-9a-f]{64}",       # SendGrid, Twilio, DigitalOcean
    # Shopify, Databricks, Telegram
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", r"dapi[0-9a-f]{32}", r"\d{8,10}:AA[\w-]{33}",
)
_KEY = re.compile(rf"(?<![0-9A-Za-z_-])(?:{'|'.join(_KEYS)})(?![0-9A-Za-z])")
_LONG = re.compile(r"[0-9A-Za-z_.-]{20}")
# Without a prefix of its own: forty characters after the name that every AWS tool gives it, and Azure's after its.
_NAMED = re.compile(r"(?:aws.{0,16}secret.{0,24}?[=:\s\"']+(?P<aws>[A-Za-z0-9/+]{40})|AccountKey="
                    r"(?P<azure>[A-Za-z0-9+/]{86}==))(?![A-Za-z0-9/+=])", re.IGNORECASE)
_NAMED_WORD = re.compile(r"secret|AccountKey", re.IGNORECASE)

HEADER = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_FOOTER = re.compile(r"-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_LINES = re.compile(r"(?:(?:\s|\\[nrt])*+[A-Za-z0-9+/=]{16,}+)*+")
# What may become a header when more comes: any beginning of its first word, or all of it and some of the rest.
_BEGUN = re.compile(r"(?:-----BEGIN [A-Z0-9 ]{0,64}-{0,4}|-----BEGI?N?|-----BE?|-{1,5})\Z")
LONGEST = 16_384
"""Most characters of a private key; RSA with 16,384 bits takes 12,700."""


def find_key(text: str, start: int, end: int) -> Iterator[Finding]:
    """Every API key in `text[start:end]`."""
    if _LONG.search(text, start, end):
        for match in _KEY.finditer(text, start, end):
            yield Finding(*match.span(), "api_key")
    # The name may stand a token before the key, so it is looked for to the left too.
    left = max(0, start - 48)
    if end - start >= 40 and _NAMED_WORD.search(text, left, end):
        for match in _NAMED.finditer(text, left, end):
            group = "aws" if match["aws"] else "azure"
            if match.start(group) >= start:
                yield Finding(*match.span(group), "api_key")


def begun(text: str, start: int) -> int:
    """Where the beginning of a private key's header ends `text`; its length if none does."""
    found = _BEGUN.search(text, max(start, len(text) - 80))
    return found.start() if found else len(text)


def close(text: str, start: int, *, ended: bool) -> int | None:
    """Where the private key ends whose header ends at `start`; None if that cannot be told before more text comes.

    A key without its last line ends with its last line of base64: half a key is a secret too.
    """
    limit = start + LONGEST
    footer = _FOOTER.search(text, start, limit)
    if footer:
        return footer.end()
    if not ended and len(text) < limit:
        return None
    lines = _LINES.match(text, start, limit)
    return lines.end() if lines else start
