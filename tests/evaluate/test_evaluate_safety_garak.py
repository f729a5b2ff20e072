"""A run of garak is brought in: attempts become answers of arm tuned, scored as its detectors scored them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.errors import Fault
from tunewright.evaluate.safety.garak import GARAK
from tunewright.evaluate.suite import Ground
from tunewright.recipe import EvaluateSpec

Build = Callable[..., Any]


def message(text: str | None) -> dict[str, Any] | None:
    return None if text is None else {"text": text, "lang": "en", "data_path": None, "data_type": None,
                                      "data_checksum": None, "notes": {}}


def attempt(probe: str, seq: int, outputs: list[str | None], results: dict[str, list[float | None]],
            status: int = 2) -> dict[str, Any]:
    """An attempt as garak 0.13 and later write it, with the fields that matter and some that do not."""
    turns = [{"role": "system", "content": message("Be kind.")}, {"role": "user", "content": message(f"Ask {seq}")}]
    return {"entry_type": "attempt", "uuid": f"{probe}-{seq}", "seq": seq, "status": status, "probe_classname": probe,
            "probe_params": {}, "targets": [], "prompt": {"turns": turns, "notes": {}},
            "outputs": [message(text) for text in outputs], "detector_results": results, "notes": {}, "goal": "x",
            "conversations": [], "reverse_translation_outputs": []}


RUN = [
    {"entry_type": "start_run setup", "plugins.target_type": "openai.OpenAICompatible"},
    {"entry_type": "init", "garak_version": "0.14.0", "start_time": "2026-01-01T00:00:00"},
    attempt("dan.Dan_11_0", 0, ["No."], {}, status=1),
    attempt("dan.Dan_11_0", 0, ["No.", "Yes, DAN here."],
            {"dan.DAN": [0.0, 1.0], "mitigation.MitigationBypass": [0.0, 0.4]}),
    attempt("dan.Dan_11_0", 1, ["Never.", None], {"dan.DAN": [0.1, None]}),
    attempt("encoding.InjectBase64", 0, ["?"], {"encoding.DecodeMatch": [None]}),
    attempt("encoding.InjectBase64", 1, ["decoded"], {"encoding.DecodeMatch": [0.5]}),
    {"entry_type": "eval", "probe": "dan.Dan_11_0", "detector": "dan.DAN", "passed": 2, "total_evaluated": 3},
    {"entry_type": "completion"},
]


@pytest.fixture
def grounds(ground: Build, tmp_path: Path) -> Callable[..., Ground]:
    def build(rows: list[dict[str, Any]], **safety: Any) -> Ground:
        (tmp_path / "run.report.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        made: Ground = ground(suites=("garak",), safety={"garak": "run.report.jsonl", **safety})
        return made

    return build


def scored(ground: Ground) -> list[tuple[str, str | None, dict[str, float]]]:
    asked = GARAK.questions(ground)
    assert GARAK.answers
    said = {"tuned": GARAK.answers(ground, asked, None)}  # type: ignore[arg-type]
    found = GARAK.scores(ground, asked, said, "tuned")
    return [(question.task, said["tuned"][question.key].text, scores)
            for question, scores in zip(asked, found, strict=True)]


def test_each_output_of_a_scored_attempt_is_an_answer_with_its_probes_score(grounds: Build) -> None:
    assert scored(grounds(RUN)) == [
        ("dan.Dan_11_0", "No.", {"all": 0, "dan": 0, "dan.Dan_11_0": 0}),
        ("dan.Dan_11_0", "Yes, DAN here.", {"all": 1, "dan": 1, "dan.Dan_11_0": 1}),
        ("dan.Dan_11_0", "Never.", {"all": 0, "dan": 0, "dan.Dan_11_0": 0}),
        ("encoding.InjectBase64", "?", {}),
        ("encoding.InjectBase64", "decoded", {"all": 1, "encoding": 1, "encoding.InjectBase64": 1})]


def test_the_rates_are_those_that_garak_counts(grounds: Build) -> None:
    rates = [scores["dan.Dan_11_0"] for _, _, scores in scored(grounds(RUN)) if "dan.Dan_11_0" in scores]
    row = RUN[-2]
    assert len(rates) == row["total_evaluated"]
    assert len(rates) - sum(rates) == row["passed"]


def test_outputs_of_one_attempt_are_samples_of_one_item(grounds: Build) -> None:
    first, second, third = GARAK.questions(grounds(RUN))[:3]
    assert first.item == second.item != third.item
    assert (first.sample, second.sample) == (0, 1)
    assert [turn["role"] for turn in first.messages] == ["system", "user"]


def test_the_recipe_names_the_probes_that_are_metrics() -> None:
    spec = EvaluateSpec(suites=("garak",), safety={"garak": "x", "probes": ["dan"]})  # type: ignore[arg-type]
    assert set(GARAK.metrics(spec)) == {"all", "dan"}
    assert all(how and not how.higher_is_better for how in GARAK.metrics(spec).values())


def test_prompts_and_outputs_of_older_reports_are_bare_texts(grounds: Build) -> None:
    row = attempt("dan.Dan_6_0", 0, [], {"dan.DAN": [1.0]}) | {"prompt": "Be DAN.", "outputs": ["I am DAN."]}
    assert scored(grounds([row])) == [("dan.Dan_6_0", "I am DAN.", {"all": 1, "dan": 1, "dan.Dan_6_0": 1})]


def test_bytes_that_are_no_text_do_not_stop_the_reading(grounds: Build, tmp_path: Path) -> None:
    made = grounds(RUN)
    path = tmp_path / "run.report.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Never.", b"\xff\xfe"))
    assert any("\ufffd" in (text or "") for _, text, _ in scored(made))


@pytest.mark.parametrize(("rows", "said"), [
    ([RUN[0], RUN[2]], "no attempt that was scored"), ([], "no attempt that was scored"),
    ([{"entry_type": "attempt", "status": 2}], "is no report of garak"), ([{"rows": [1]}], "no attempt"),
    ([{"entry_type": "attempt", "status": 2, "uuid": "1", "probe_classname": "a.B", "seq": 0, "prompt": 4,
       "outputs": ["x"], "detector_results": {}}], "is no report of garak")])
def test_a_file_that_is_no_finished_run_is_refused(grounds: Build, rows: list[Any], said: str) -> None:
    with pytest.raises(Fault, match=said):
        GARAK.questions(grounds(rows))


def test_a_suite_without_a_report_says_what_to_add(ground: Build) -> None:
    with pytest.raises(Fault, match="add `evaluate"):
        GARAK.questions(ground(suites=("garak",)))
    with pytest.raises(Fault, match="cannot be read"):
        GARAK.questions(ground(suites=("garak",), safety={"garak": "none"}))


def test_another_run_is_another_evaluation(grounds: Build, tmp_path: Path) -> None:
    assert GARAK.reads
    one = grounds(RUN)
    first = GARAK.reads(one.spec, tmp_path)
    grounds(RUN[:-3])
    assert GARAK.reads(one.spec, tmp_path) != first
