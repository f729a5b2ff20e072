"""Words that mean the same in most places. Each may stand for any other of its group."""

_GROUPS = """
begin / start
buy / purchase
help / assist
need / require
obtain / receive
repair / fix / mend
respond / reply
select / choose / pick
display / show
permit / allow
attempt / try
finish / complete
contain / include
explain / clarify
mistake / error
problem / issue / difficulty
shop / store
price / cost
job / task
trip / journey
movie / film
photo / picture
car / automobile
bike / bicycle
phone / telephone
kids / children
doctor / physician
street / road
rubbish / garbage
luggage / baggage
quickly / rapidly / swiftly
often / frequently
now / currently / at the moment
maybe / perhaps
soon / shortly / before long
almost / nearly
again / once more
however / still
therefore / for that reason
big / large
small / little
quick / fast
difficult / hard
easy / simple
wrong / incorrect
broken / damaged
angry / annoyed
glad / happy
sad / unhappy
strange / odd
whole / entire
many / lots of
several / a number of
enough / sufficient
important / essential
cheap / inexpensive
expensive / costly
rich / wealthy
clever / smart
regarding / concerning
because / as
until / till
cannot / can't
purchased / bought
started / began
received / got
needed / required
helped / assisted
fixed / repaired / mended
tried / attempted
chosen / selected / picked
vanished / disappeared
removed / taken away
"""

SYNONYMS: dict[str, tuple[str, ...]] = {
    word: tuple(other for other in group if other != word)
    for group in (line.split(" / ") for line in _GROUPS.strip().splitlines()) for word in group}
"""By a word in lower case: what may stand in its place."""
