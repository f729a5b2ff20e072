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
    """Read, find, and print what was found and how fast."""
    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    asked = json.loads((folder / "texts.json").read_text())
    texts, kinds = asked["texts"], {name: kind for kind, name in asked["kinds"].items()}
    analyzer = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])
    analyzer.analyze("Call 555-123-4567 or ada@example.org", language="en", entities=list(kinds))
    found: list[dict[str, Any]] = []
    best = {"same kinds": [float("inf")] * len(texts), "all its kinds": [float("inf")] * len(texts)}
    for _ in range(rounds):
        found = []
        for at, text in enumerate(texts):
            for asked_for, entities in (("all its kinds", None), ("same kinds", list(kinds))):
                begun = time.process_time()
                results = analyzer.analyze(text, language="en", entities=entities)
                best[asked_for][at] = min(best[asked_for][at], time.process_time() - begun)
            found.append({kind: [(one.start, one.end) for one in results if kinds[one.entity_type] == kind]
                          for kind in kinds.values()})
    size = sum(len(text.encode()) for text in texts) / 1e6
    print(json.dumps({"found": found, "speed": {one: size / sum(seconds) for one, seconds in best.items()}}))


if __name__ == "__main__":
    main()
