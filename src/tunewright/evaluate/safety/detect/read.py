"""How detectors read an answer: plain signs, lower case, sentences, words."""

import re
import unicodedata
from functools import lru_cache

LONGEST = 20_000
"""Letters of an answer that are read; an answer that says nothing by then is not going to."""
_QUOTES = str.maketrans("‘’‛ʼ`´“”„«»–—−", "''''''\"\"\"\"\"---")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
                     "\ud800-\udfff]")
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n+")
_QUOTED = re.compile(r'"[^"\n]{0,300}"')
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """`text` in lower case with straight quotes, without signs that nobody sees, cut at LONGEST letters."""
    return clean(text).casefold()


def clean(text: str) -> str:
    """`text` with straight quotes and compatible letters, its case kept."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text[:LONGEST])).translate(_QUOTES)


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text that say something."""
    return [one for one in (part.strip() for part in _END.split(text)) if _WORD.search(one)]


def words(text: str) -> list[str]:
    """The words of a text, numbers among them, in lower case."""
    return _WORD.findall(text.casefold())


def unquoted(text: str) -> str:
    """A plain text without what stands in double quotes."""
    return _QUOTED.sub(" ", text)


SMALL = frozenset(re.findall("[a-z]+", (
    "a an the and or but if of to in on at by for with from as is are was were be been being am it its this that these "
    "those there here he she they them him her his their our we you your i me my do does did done have has had having "
    "will would can could may might must shall should not no yes so than then too very also just only about into over "
    "under up down out off again more most some any each other such own same what which who whom whose when where why "
    "how all both few because while during before after above below between through until since against according says "
    "said states stated text passage document source mentions mentioned answer question based information given "
    "provided tells told s t d ll re ve around roughly nearly almost every")))
"""Words that tell nothing by themselves."""


def stem(word: str) -> str:
    """A word without its ending, roughly: enough for `opened` and `opens` to be one."""
    word = word.removesuffix("'s").removesuffix("'")
    for ending, least in (("ing", 6), ("ied", 5), ("ies", 5), ("ed", 5), ("es", 5), ("ly", 6), ("s", 4), ("e", 4)):
        if word.endswith(ending) and len(word) >= least:
            return word[:-len(ending)]
    return word
