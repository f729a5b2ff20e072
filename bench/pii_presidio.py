"""Presidio's side of bench/pii.py; run by Presidio's own interpreter: its pattern recognisers over the same texts."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import SpacyNlpEngine

# Its recogniser of e-mail would ask the network for the list of top levels; the one in the package will do.
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class Blank(SpacyNlpEngine):
    """A pipeline that cuts text into words, and no more."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}

    def load(self) -> None:
        """Nothing to load."""


def main() -> None:
    """Read all texts twice, and print what was found and how long each text took the second time."""
    asked = json.loads((Path(sys.argv[1]) / "texts.json").read_text())
    texts, kinds = asked["texts"], {name: kind for kind, name in asked["kinds"].items()}
    analyzer = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])
    found: list[dict[str, Any]] = []
    seconds: dict[str, list[float]] = {}
    for asked_for, entities in (("all its kinds", None), ("same kinds", list(kinds))):
        for text in texts:
            analyzer.analyze(text, language="en", entities=entities)
        found, seconds[asked_for] = [], []
        for text in texts:
            begun = time.process_time()
            results = analyzer.analyze(text, language="en", entities=entities)
            seconds[asked_for].append(time.process_time() - begun)
            found.append({kind: [(one.start, one.end) for one in results if kinds.get(one.entity_type) == kind]
                          for kind in kinds.values()})
    print(json.dumps({"found": found, "seconds": seconds}))


if __name__ == "__main__":
    main()
