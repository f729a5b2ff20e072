"""In which language a record is written, by the naive Bayes of py3langid: offline, 4.6 MB, some 140 languages.

Lui and Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool".
"""

from functools import cache
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.nearest import did_you_mean
from tunewright.data.quality.said import Said
from tunewright.recipe.quality import LanguageSpec

_ENOUGH = 1000  # characters; more do not make the answer surer


def language(said: Said, spec: LanguageSpec) -> float:
    """The probability of the languages that the recipe wants, as a share of the likeliest language's; at most 1.

    So a record too short to tell its language is not taken for one in another.
    Raises Fault if py3langid is missing or a language is not known to it.
    """
    sure = dict(_identifier().rank(_text(said)))
    for name in spec.of:
        if name not in sure:
            raise Fault(f"quality.language: `{name}` is no language that py3langid knows"
                        + (did_you_mean(name, sure) or f": it knows {', '.join(sorted(sure))}."))
    return float(min(1.0, sum(sure[name] for name in set(spec.of)) / max(sure.values())))


def spoken(said: Said) -> str:
    """The likeliest language, as its ISO 639 code; `und` where it is less likely than all others together."""
    return of_text(_text(said))


def of_text(text: str) -> str:
    """The same for a text of which the first thousand letters are read."""
    name, sure = _identifier().classify(text[:_ENOUGH])
    return str(name) if sure >= 0.5 else "und"


def _text(said: Said) -> str:
    """What is asked and then what is answered: an answer may be a bare label."""
    return "\n".join(said.turns)[:_ENOUGH]


@cache
def _identifier() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        raise Fault("quality: telling languages needs py3langid: pip install 'tunewright[language]'.") from error
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
