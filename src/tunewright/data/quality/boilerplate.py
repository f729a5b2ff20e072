"""Words that stand in many texts and say nothing of the matter: refusals, notes of web pages, placeholders."""

from collections.abc import Sequence

from tunewright.data.quality.said import Said

REFUSALS = (
    "as an ai language model", "as an ai assistant", "as an ai developed by", "as an ai model", "as an ai, i",
    "as a large language model", "as a language model", "i'm just an ai", "i am just an ai", "i'm only an ai",
    "i'm sorry, but i can't", "i'm sorry, but i cannot", "i am sorry, but i cannot", "sorry, but i can't assist",
    "i cannot assist with", "i can't assist with", "i cannot fulfill", "i can't fulfill", "i'm unable to assist",
    "i am unable to assist", "i don't have personal opinions", "i do not have personal opinions",
    "my knowledge cutoff", "my training data only", "my last knowledge update")
"""What an assistant says of itself instead of an answer; looked for in answers alone, in lower case."""

PAGES = (
    "we use cookies", "this site uses cookies", "this website uses cookies", "accept all cookies", "cookie policy",
    "cookie settings", "enable javascript", "javascript is disabled", "javascript is required", "subscribe to our",
    "sign up for our newsletter", "all rights reserved", "click here to", "share on facebook", "share this article",
    "skip to main content", "skip to content", "back to top", "terms of use and privacy policy", "powered by wordpress",
    "page not found", "404 not found", "access denied", "checking your browser before")
"""What a page says around its text."""

PLACEHOLDERS = ("lorem ipsum", "dolor sit amet", "insert text here", "your text here", "[insert ", "<insert ",
                "[your name]", "todo: write", "xxx-xxx-xxxx")
"""What stands where something was to be written."""


_ANYWHERE = (*PAGES, *PLACEHOLDERS)


def boilerplate(said: Said) -> float:
    """How many of the phrases stand in the record, refusals in its answers alone."""
    everywhere = _count(said.plain, _ANYWHERE)
    return float(everywhere + _count(said.plain[len(said.asked):], REFUSALS))


def _count(turns: Sequence[str], phrases: Sequence[str]) -> int:
    return sum(1 for turn in turns for phrase in phrases if phrase in turn)
