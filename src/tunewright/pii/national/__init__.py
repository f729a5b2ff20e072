"""Numbers by which a state knows a person, one file per region."""

from tunewright.pii.national import america, britain, east, north_europe, south_europe, west_europe
from tunewright.pii.recogniser import Digits, Written

KINDS: dict[str, Digits | Written] = {
    **america.KINDS, **britain.KINDS, **south_europe.KINDS, **west_europe.KINDS, **north_europe.KINDS, **east.KINDS}
"""Each national number by its kind: the country's two letters (ISO 3166) and its own name."""
