"""BERTScore from a local encoder is the package's figure; the encoder is a small random one, made here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.errors import Fault
from tunewright.evaluate import bertscore, task
from tunewright.evaluate.answers import Answer
from tunewright.recipe.scorers import EncoderSpec

WORDS = ["the", "cat", "sat", "on", "a", "mat", "dog", "ran", "##s"]
PAIRS = [("the cat sat", "a cat sat on the mat"), ("dogs ran", "the dog sat"), ("a mat", "a mat"), ("the zebra", "cat")]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    words = {word: at for at, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])}
    BertTokenizerFast(vocab=words, model_max_length=32).save_pretrained(folder)
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=5 + len(WORDS), hidden_size=16, num_hidden_layers=3, num_attention_heads=2,
                         intermediate_size=32, max_position_embeddings=32)).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("layer", [None, 0, 2])
def test_the_figure_is_the_packages(layer: int | None, encoder: Path) -> None:
    pytest.importorskip("bert_score", reason="package bert-score is not installed")
    from collections import defaultdict

    from bert_score.utils import bert_cos_score_idf
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(encoder), AutoModel.from_pretrained(encoder).eval()
    if layer is not None:
        model.encoder.layer = model.encoder.layer[:layer]
    weights: dict[int, float] = defaultdict(lambda: 1.0)
    weights[tokenizer.cls_token_id] = weights[tokenizer.sep_token_id] = 0
    answers, expected = zip(*PAIRS, strict=True)
    known = bert_cos_score_idf(model, list(expected), list(answers), tokenizer, weights, device="cpu")[:, 2]
    ours = bertscore.scores(EncoderSpec(path=".", layer=layer), encoder, answers, expected)
    assert ours == pytest.approx(known.tolist(), abs=1e-5)
    assert ours[2] == pytest.approx(1)


def test_the_task_suite_scores_all_answers_at_once(encoder: Path, ground: Callable[..., Any],
                                                   asked_example: Callable[..., Any]) -> None:
    made = ground([asked_example(str(at), other) for at, (_, other) in enumerate(PAIRS)], scorers=("bertscore",),
                  encoder={"path": str(encoder)})
    asked = task.questions(made)
    said = {"tuned": {question.key: Answer(one) for question, (one, _) in zip(asked, PAIRS, strict=True)}}
    rows = list(task.scores(made, asked, said, "tuned"))
    assert rows[2] == {"bertscore": pytest.approx(1)}
    assert 0 < rows[1]["bertscore"] < 1


def test_an_empty_answer_is_like_nothing(encoder: Path) -> None:
    assert bertscore.scores(EncoderSpec(path="."), encoder, [""], ["a cat"]) == [0]


@pytest.mark.parametrize(("spec", "sentence"), [
    (EncoderSpec(path="nowhere"), "is no folder"), (EncoderSpec(path=".", layer=9), "has 3 layers, not 9"),
])
def test_an_encoder_that_cannot_be_used_is_told(spec: EncoderSpec, sentence: str, encoder: Path) -> None:
    with pytest.raises(Fault, match=sentence):
        bertscore.scores(spec, encoder, ["a"], ["a"])


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="cannot be loaded"):
        bertscore.scores(EncoderSpec(path="."), tmp_path, ["a"], ["a"])
