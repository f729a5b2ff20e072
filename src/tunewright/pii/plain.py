"""A text as recognisers read it: digits of any script as ASCII, and the signs that stand for a space, `-`, `.` or `@`.

One character stays one character, so a finding has the same place in both.
"""

import re
import unicodedata

_ALIKE = {" ": "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
          "-": "\u00ad\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", ".": "\uff0e\u2024", "@": "\uff20\ufe6b",
          "+": "\uff0b", "(": "\uff08", ")": "\uff09", ":": "\uff1a", "/": "\uff0f"}
_LAST = 0x20000
"""No script has digits behind the second plane but private ones."""
_TABLE = {ord(sign): plain for plain, signs in _ALIKE.items() for sign in signs} | {
    code: str(value) for code in range(128, _LAST)
    if (value := unicodedata.decimal(chr(code), None)) is not None}
# Two searches: a set that holds signs behind the first plane is searched one by one.
_OTHER = re.compile(f"[{''.join(chr(code) for code in _TABLE if code < 0x10000)}]")
_BEHIND = re.compile("[\U000104a0-\U0001e95f\U0001fbf0-\U0001fbf9]")


def plain(text: str) -> str:
    """`text` with every such sign replaced; the same text if it holds none."""
    if text.isascii() or not (_OTHER.search(text) or _BEHIND.search(text)):
        return text
    return text.translate(_TABLE)
