"""Cleanlab's side of bench/quality.py: which labels of a file of pairs (text, label) it doubts.

    python bench/quality_peer.py PAIRS.json
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

FILTERS = ("prune_by_noise_rate", "prune_by_class", "both", "confident_learning", "predicted_neq_given",
           "low_self_confidence")


def doubted(texts: list[str], labels: np.ndarray) -> dict[str, list[bool]]:
    """Whether each label is doubted, by each of cleanlab's filters."""
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(max_iter=400))
    chances = cross_val_predict(model, texts, labels, cv=5, method="predict_proba")
    return {name: find_label_issues(labels=labels, pred_probs=chances, filter_by=name, n_jobs=1).tolist()
            for name in FILTERS}


def main() -> None:
    """Read the pairs, doubt, and print."""
    pairs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    texts = [text for text, _ in pairs]
    _, labels = np.unique([label for _, label in pairs], return_inverse=True)
    began = time.process_time()
    found = doubted(texts, labels)
    print(json.dumps({"seconds": time.process_time() - began, "found": found}))


if __name__ == "__main__":
    main()
