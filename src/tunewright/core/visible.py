"""Text as a person may be shown it, whatever is in it: nothing that steers, hides or turns stays what it is."""

import re

# Joiners (U+200C, U+200D) stay: emoji and several scripts are written with them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
                     "\ud800-\udfff\ufeff\U000e0000-\U000e007f]")
_HALF = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    """`text` as a terminal or a page may be given it: whatever would move a cursor, colour it, turn the order of what
    is read, stay unseen or cannot be written is shown by its escape. Names, labels and answers may say anything.
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def whole(text: str) -> str:
    """`text` as UTF-8 can hold it: half characters (lone surrogates, as broken bytes become in JSON) are U+FFFD."""
    if text.isascii() or not _HALF.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
