"""Content that speaks to the model instead of to the matter, or that a person who reads the data does not see.

Prompt injection: OWASP Top 10 for LLM Applications 2025, LLM01. Hidden text: tag characters (Unicode block E0000)
spell ASCII that no font shows, and controls of direction show a text in another order than it is read (CVE-2021-42574).
Formulas: a turn that begins as one runs in the spreadsheet of whoever opens the data there (OWASP, CSV Injection).
"""

import re

from tunewright.data.quality.said import Said

_WHAT = r"(?:instruction|prompt|rule|guideline|direction|command|message|context|training|constraint|restriction)s?"
_BEFORE = r"(?:all|any|every|the|your|my|these|those|of|previous|prior|above|earlier|preceding|original|system|safety)"
_SAID = re.compile(
    rf"\b(?:ignore|disregard|forget|override|bypass) (?:{_BEFORE} ){{1,5}}{_WHAT}\b"
    r"|\b(?:ignore|disregard|forget) (?:everything|anything|all) (?:above|before|you were told|that came before)"
    r"|\b(?:reveal|print|repeat|show|output|leak)(?: me)? (?:your|the) (?:(?:full|entire|exact|hidden|initial) )*"
    r"(?:system prompt|system message|initial instructions|hidden instructions)"
    r"|\bdo anything now\b|\byou are now (?:dan|in developer mode|jailbroken|unrestricted)\b"
    r"|\b(?:enable|enter|activate) (?:developer|jailbreak|god|dan) mode\b"
    r"|\b(?:without|no longer bound by) (?:any |your )?(?:ethical|safety|moral|content) (?:guidelines|filters|policies)"
    r"|\bnew (?:system )?instructions ?:|\bend of (?:system )?(?:prompt|instructions)\b")
_HIDDEN = re.compile("[\U000e0020-\U000e007f]{4,}|[\u202d\u202e\u2066-\u2068]")
_FORMULA = re.compile(r"[=+\-@][\w.+*/@-]{0,40}?[a-z][\w.]{0,40}(?:\(|\|[^|\n]{0,80}!)", re.IGNORECASE)
_HINTS = ("ignore", "disregard", "forget", "overrid", "bypass", "system prompt", "system message", "instructions",
          "anything now", "you are now", " mode", "guidelines", "filters", "policies", "end of")


def injection(said: Said) -> float:
    """How many places of the record's turns look like an injection or hide characters."""
    return float(sum(map(_found, said.turns, said.plain)))


def _found(turn: str, plain: str) -> int:
    hidden = (0 if turn.isascii() else len(_HIDDEN.findall(turn))) + bool(_FORMULA.match(turn.lstrip()))
    # Looking for plain words first spares nearly all records the slow search.
    return hidden + (len(_SAID.findall(plain)) if any(hint in plain for hint in _HINTS) else 0)
