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
    best = [float("inf")] * len(texts)
    found: list[dict[str, Any]] = []
    for _ in range(rounds):
        found = []
        for at, text in enumerate(texts):
            begun = time.process_time()
            results = analyzer.analyze(text, language="en", entities=list(kinds))
            best[at] = min(best[at], time.process_time() - begun)
            found.append({kind: [(one.start, one.end) for one in results if kinds[one.entity_type] == kind]
                          for kind in kinds.values()})
    speed = sum(len(text.encode()) for text in texts) / sum(best) / 1e6
    print(json.dumps({"found": found, "speed": speed}))


if __name__ == "__main__":
    main()
