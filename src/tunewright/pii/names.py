"""Names, addresses and organisations, by named-entity recognition: whichever model the user has.

A model is asked sentence by sentence, for whole texts as for streams, so that both give the same.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from tunewright.core.errors import Fault
from tunewright.pii.finding import Finding
from tunewright.recipe.pii import NamesSpec

LONGEST = 1000
"""A sentence longer than this is cut, in characters."""

# A point after a capital letter and at most two small ones ends a title or an initial more often than a sentence.
_END = re.compile(r"\n|(?:[!?]|(?<!\b[A-Z])(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z][a-z])\.)[\"'”’)]?\s")
_CAPITALISED = re.compile(r"\b[A-Z][a-z]+(?:[ -][A-Z][a-z]+)+\b")
_KINDS = {"PERSON": "name", "PER": "name", "LOCATION": "address", "ADDRESS": "address", "GPE": "address",
          "ORGANIZATION": "organisation", "ORG": "organisation"}


class Names(Protocol):
    """What finds names in one sentence."""

    def find(self, sentence: str) -> list[Finding]:
        """Findings of the kinds `name`, `address` and `organisation`, in order."""


class FakeNames:
    """Two capitalised words in a row are a name."""

    def find(self, sentence: str) -> list[Finding]:
        """Every such pair."""
        return [Finding(*match.span(), "name") for match in _CAPITALISED.finditer(sentence)]


class PresidioNames:
    """Presidio's analyser with nothing but the recogniser of a spaCy pipeline.

    Presidio's own recognisers are left out: ours do that work, and its one for e-mail asks the network.
    """

    def __init__(self, spec: NamesSpec) -> None:
        self._language = spec.language
        self._analyzer = _analyzer(spec.model, spec.language)

    def find(self, sentence: str) -> list[Finding]:
        """What the model names."""
        results = self._analyzer.analyze(sentence, language=self._language)
        return sorted(Finding(one.start, one.end, _KINDS[one.entity_type]) for one in results
                      if one.entity_type in _KINDS)


KINDS: Mapping[str, type[PresidioNames] | type[FakeNames]] = {"presidio": PresidioNames, "fake": FakeNames}


def make_names(spec: NamesSpec | None) -> Names | None:
    """What `spec` describes. Raises Fault if Presidio or the model is not installed."""
    if spec is None:
        return None
    return FakeNames() if spec.engine == "fake" else PresidioNames(spec)


def sentence_end(text: str, start: int, *, ended: bool) -> int | None:
    """Where the sentence ends that begins at `start`; None if more text must come first, or there is none."""
    if start == len(text):
        return None
    found = _END.search(text, start, start + LONGEST)
    if found:
        return found.end()
    if len(text) - start >= LONGEST:
        space = text.rfind(" ", start, start + LONGEST)
        return space + 1 if space > start else start + LONGEST
    return len(text) if ended else None


def outside(named: Finding, others: list[Finding]) -> Iterator[Finding]:
    """What is left of a name when other findings, in order, have taken their places."""
    at = named.start
    for other in others:
        if other.end > at and other.start < named.end:
            if other.start > at:
                yield Finding(at, other.start, named.kind)
            at = other.end
    if at < named.end:
        yield Finding(at, named.end, named.kind)


@cache
def _analyzer(model: str, language: str) -> Any:
    """Presidio's analyser around one spaCy pipeline; made once in a process."""
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
        from presidio_analyzer.predefined_recognizers import SpacyRecognizer
    except ImportError as error:
        raise Fault("`pii.names` with engine presidio needs Presidio: run `pip install 'tunewright[pii]'`, and install "
                    "a spaCy pipeline.") from error
    if not spacy.util.is_package(model) and not (Path(model) / "config.cfg").is_file():
        raise Fault(f"`pii.names.model` is {model!r}, which is neither an installed spaCy pipeline nor the folder of "
                    f"one: install it (`python -m spacy download {model}`), or name another.")
    engine = SpacyNlpEngine(models=[{"lang_code": language, "model_name": model}],
                            ner_model_configuration=NerModelConfiguration())
    engine.nlp = {language: spacy.load(model)}  # its own loading would download what it does not find
    registry = RecognizerRegistry(supported_languages=[language],
                                  recognizers=[SpacyRecognizer(supported_language=language)])
    return AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=[language])
