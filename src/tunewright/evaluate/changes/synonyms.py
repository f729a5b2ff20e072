"""Words and phrases that mean the same in most places.

Each may stand for any other of its group; after `>` stands what may replace, but not be replaced. Words that take
another article, or mean something else in common phrases, are left out: a change must leave the question what it was.
"""

import re

_GROUPS = """
buy > purchase
need / require
repair / fix / mend
respond / reply
choose / select / pick
permit / allow
finish / complete
contain / include
explain / clarify
shop / store
trip / journey
movie / film
photo / picture
bike / bicycle
phone / telephone
kids / children
doctor / physician
street / road
rubbish / garbage
luggage / baggage
quickly / rapidly / swiftly
often / frequently
currently / at present
maybe / perhaps
soon / shortly / before long
almost / nearly
again / once more
therefore / for that reason
big / large
small / little
quick / fast
difficult / hard
broken / damaged
angry / annoyed
glad / happy
strange / peculiar
several / a number of
enough / sufficient
important / essential
rich / wealthy
clever / smart
regarding / concerning
until / till
cannot / can't / am unable to
want to / wish to / would like to
need to / have to
please / kindly
do not > don't
did not > didn't
does not > doesn't
is not > isn't
was not > wasn't
has not > hasn't
have not > haven't
will not > won't
would not > wouldn't
could not > couldn't
what is > what's
where is > where's
i'm > i am
i'll > i will
i'd like > i would like
asap / as soon as possible
a lot of / plenty of
tell me / let me know
find out / learn
right away / at once
at least / no less than
is there a way to / is it possible to
bought > purchased
started / began
needed / required
repaired / fixed / mended
tried / attempted
chosen / selected / picked
vanished / disappeared
"""


def _read(line: str) -> dict[str, tuple[str, ...]]:
    if " > " in line:
        word, other = line.split(" > ")
        return {word: (other,)}
    group = line.split(" / ")
    return {word: tuple(other for other in group if other != word) for word in group}


SYNONYMS: dict[str, tuple[str, ...]] = {
    word: others for line in _GROUPS.strip().splitlines() for word, others in _read(line).items()}
"""By a word or phrase in lower case: what may stand in its place."""

# "Don't you" is not "do not you": nothing is replaced before the one of whom it is said.
KNOWN = re.compile(rf"(?<![\w'’])({'|'.join(sorted(map(re.escape, SYNONYMS), key=len, reverse=True))})"
                   r"(?![\w'’-])(?!\s+(?:i|you|he|she|it|we|they|not)\b)", re.IGNORECASE)
"""Any of them, the longest that stands there."""
