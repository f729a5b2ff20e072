"""The walk through a text from window to window, the same for a whole text and for a stream.

Most words cannot be part of anything we look for. A token (a run without spaces, quotes and the like) is *hot* if it
holds a digit, an `@`, `://` or the prefix of a key. A **block** is hot tokens in a row, perhaps with a few linking
words between them (`12 March 1980`). Recognisers see blocks only, in windows of bounded length, and nothing to the
right of them. So what a text holds before some point depends on nothing behind the point but the block that crosses
it: a stream holds back that block, and gives what the whole text gives.
"""

import re
from collections.abc import Iterable
from functools import cache

from tunewright.pii import birth, secret
from tunewright.pii.finding import Finding
from tunewright.pii.recognise import Recognisers

WINDOW = 160
"""A block this long is looked at in pieces, in characters."""
OVERLAP = 64
"""How much of a piece is looked at again with the next one: more than the longest value that holds spaces."""
LONGEST = 4096
"""A token longer than this is cut."""
SHORTEST = 6
"""No value is shorter, in characters."""
BACK = 256
"""How much text before the place where a walk goes on it may look at."""

_GAPS = r'\s"<>`,;\\\u2000-\u206f\u3000-\u9fff\uac00-\ud7af\uff00-\uffef'
_SIGN = f"[^{_GAPS}]"
_GAP = f"[{_GAPS}]{{1,8}}+"
# What a text must hold, and then what makes a token hot: keys without any digit are rare, but no reason to let them by.
_PREFIXES = {"://": "://", "AKIA": "AKIA", "ASIA": "ASIA", "_": "gh[opusr]_|_(?:live|test)_|hf_|npm_", "sk-": "sk-",
             "xox": "xox[a-z]-", "glpat-": "glpat-", "eyJ": "eyJ"}
_HOT = f"(?={_SIGN}*?(?:[0-9@]|{'|'.join(_PREFIXES.values())})){_SIGN}++"
_BETWEEN = ("of", "der", "den", "de", "del", "x")
_LABELS = ("ext", "extension", "durchwahl", "office", "fax", "mobile", "cell", "home", "work", "desk", "phone", "tel")


def _any(words: Iterable[str]) -> str:
    """A pattern for any of these, in either case: chosen by the first letter, or most words would be tried in vain."""
    rests: dict[str, list[str]] = {}
    for word in words:
        rests.setdefault(word[0], []).append(word[1:])
    return "|".join(f"[{first}{first.upper()}](?i:{'|'.join(rest)})" for first, rest in rests.items())


_LINK = (rf"(?:(?:{_any(birth.STEMS)})[^\W\d_]{{0,8}}\.?|(?:{_any((*_BETWEEN, *_LABELS))})\.?"
         rf"|\((?:{_any(_LABELS)})\)|[-–/.()]{{1,3}}|#|[A-Z]{{1,4}})(?!{_SIGN})")
_LINKS = f"(?:{_LINK}{_GAP}){{0,3}}"

_GAP_SIGN = re.compile(f"[{_GAPS}]")
_PLAIN = frozenset(re.findall(_SIGN, "".join(map(chr, range(128)))))
_TAIL = f"{_LINKS}(?:{_HOT}{_GAP}{_LINKS})*+{_SIGN}*+\\Z"
_TAIL_HERE = re.compile(_TAIL)
_TAIL_LATER = re.compile(f"(?<!{_SIGN}){_TAIL}")


def walk(text: str, at: int, found: list[Finding], asked: Recognisers, *, ended: bool) -> tuple[int, int]:
    """Add to `found` what `text` holds of what is `asked` for from `at` on, as far as that is certain.

    Return where to go on, and how far it is certain.

    All before the second number is certain: no more will be found there whatever text comes. With `ended` that is the
    whole text. `text` must hold the `BACK` characters before `at`, or all there are.
    """
    while asked.private_key and "-----BEGIN " in text and (header := secret.HEADER.search(text, at)):
        _blocks(text, at, header.start(), found, asked, ended=True)
        close = secret.close(text, header.end(), ended=ended)
        if close is None:
            return header.start(), header.start()
        found.append(Finding(header.start(), close, "private_key"))
        at = close
    end = secret.begun(text, at) if asked.private_key and not ended else len(text)
    return _blocks(text, at, end, found, asked, ended=ended)


def _blocks(text: str, at: int, end: int, found: list[Finding], asked: Recognisers, *,
            ended: bool) -> tuple[int, int]:
    """Look at every block of `text[at:end]`; unless `ended`, one that may go on behind `end` is left."""
    certain = end if ended else _tail(text, at, end)
    trigger, whole = _patterns(_held(text, asked))
    while hit := trigger.search(text, at, end):
        start = hit.start()
        if start > at and text[start - 1] != " ":
            start = _token(text, at, start)
        bound = _bound(text, start, end) if end - start > WINDOW else None
        if bound is None:
            # What crosses `end` may go on, and so may the window; what ends before does not.
            if start >= certain:
                certain = max(certain, end if ended else _tail(text, at, end))
            if start >= certain:
                break
            bound = end
        block = whole.match(text, start, bound)
        stop = block.end() if block else bound
        if stop - start < SHORTEST:
            at = stop
            continue
        here = asked.find(text, _lead(text, at, start) if at < start else start, start, stop)
        if stop - start < WINDOW:
            at = stop
        else:
            at = _again(text, start, stop)
            here = [one for one in here if one.start < at]
            at = max([at, *(one.end for one in here)])
        found += here
    if at > certain:
        certain = _tail(text, at, end)
    return at, certain


def _bound(text: str, start: int, end: int) -> int | None:
    """Where a window that begins at `start` ends at the latest: at the first gap after `WINDOW` signs.

    None if there is none before `end`, and a longest token would go on behind it.
    """
    gap = _GAP_SIGN.search(text, start + WINDOW, min(end, start + LONGEST))
    if gap:
        return gap.start()
    return start + LONGEST if start + LONGEST <= end else None


def _held(text: str, asked: Recognisers) -> tuple[str, ...]:
    """The prefixes that `text` holds and that matter for what is asked for: mostly none."""
    # Each prefix holds one of these, and looking for few is faster.
    if not (asked.api_key and ("-" in text or "_" in text or "IA" in text or "eyJ" in text)) and "://" not in text:
        return ()
    return tuple([prefix for prefix in _PREFIXES if prefix in text])


@cache
def _patterns(held: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a hot token is known by, and a block, in a text that holds these prefixes: mostly none, which is faster."""
    known = "|".join(["[0-9@]", *(_PREFIXES[prefix] for prefix in held)])
    hot = f"(?={_SIGN}*?(?:{known})){_SIGN}++" if held else f"[^{_GAPS}0-9@]*+[0-9@]{_SIGN}*+"
    return re.compile(known), re.compile(f"{hot}(?:{_GAP}{_LINKS}{hot})*+(?:{_GAP}{_LINK})?")


def _token(text: str, at: int, first: int) -> int:
    """Where the token begins that has a sign at `first`, at the earliest at `at`."""
    while first > at and ((before := text[first - 1]) in _PLAIN or not _GAP_SIGN.match(before)):
        first -= 1
    return first


def _lead(text: str, at: int, start: int) -> int:
    """Where a month or two capital letters begin that stand before the digits at `start`; `start` if none do."""
    if not text[start].isdigit():
        return start
    left = text[max(at, start - 16):start]
    end = len(left.rstrip())
    begin = _token(left, 0, end)
    bare = left[begin:end]
    led = bare[:3].lower() in birth.STEMS or (len(bare) == 2 and bare.isalpha() and bare.isupper())
    return start - len(left) + begin if led else start


def _tail(text: str, at: int, end: int) -> int:
    """From where on the text before `end` may be part of a block that goes on: the last word, and what it may join."""
    tail = _TAIL_HERE.match(text, at, end) or _TAIL_LATER.search(text, at, end)
    return tail.start() if tail else end


def _again(text: str, start: int, cut: int) -> int:
    """Where the window after one of `text[start:cut]` begins: at the first token of its last `OVERLAP` signs.

    In a token too long for a window it is half a window's length back, so that only longer values can be missed.
    """
    if cut - start >= LONGEST:
        return cut - LONGEST // 2
    gap = _GAP_SIGN.search(text, cut - OVERLAP, cut)
    return gap.end() if gap else cut
