import pytest

from tunewright.core.records import RuleResult
from tunewright.page import sections


def rule(outcome, metric="task/exact", needs=None):
    return RuleResult(metric=metric, rule="at_least 0.8", outcome=outcome, sentence="…", needs=needs)


def verdict(sample, outcome, *rules):
    return sample.verdict.model_copy(update={"outcome": outcome, "rules": rules})


@pytest.mark.parametrize(("outcome", "rules", "sentence"), [
    ("pass", [rule("pass")], "The one rule of the gate passed: support-desk@1 may be promoted."),
    ("pass", [rule("pass")] * 3, "Every rule of the gate passed (3 of 3): support-desk@1 may be promoted."),
    ("pass", [], "The gate had no rule for this run: support-desk@1 may be promoted."),
    ("fail", [rule("pass"), rule("fail", "general/all"), rule("undecided", needs=9)],
     "1 of 3 rules failed (general/all), and 1 could not be decided: support-desk@1 stays out."),
    ("undecided", [rule("undecided", needs=210), rule("undecided", "general/all", 1240)],
     "2 of 2 rules could not be decided (task/exact, general/all); about 1,240 items would decide: "
     "support-desk@1 stays out until then."),
])
def test_the_verdict_is_one_sentence_with_what_stands_in_the_way(sample, outcome, rules, sentence):
    assert sections.sentence(verdict(sample, outcome, *rules), sample.release) == sentence


def test_a_long_list_of_failures_is_cut_short_in_the_headline(sample):
    failed = verdict(sample, "fail", *(rule("fail", f"general/{name}") for name in "abcde"))
    assert "(general/a, general/b, general/c and 2 more)" in sections.sentence(failed, sample.release)


def test_key_figures_open_with_the_plainest_metric_the_gate_asks_about(sample):
    asked = verdict(sample, "pass", rule("pass", "general/all"), rule("pass", "task/json_valid"), rule("pass"))
    assert sections.keys(sample.report, asked, sample.model, [])[0].label == "task/exact"


def test_key_figures_prefer_what_the_gate_asks_about(sample):
    asked = verdict(sample, "pass", rule("pass", "task/field_f1"))
    assert sections.keys(sample.report, asked, sample.model, [])[0].label == "task/field_f1"


def test_the_key_difference_is_taken_from_the_strongest_other_arm(sample):
    labels = [key.label for key in sections.keys(sample.report, sample.verdict, sample.model, sample.curve)]
    assert labels == ["task/exact", "over prompted", "general/all over base", "trained", "training time"]


def test_a_report_with_nothing_to_compare_still_has_key_figures(sample):
    bare = sample.report.model_copy(update={"differences": (), "metrics": ()})
    assert [key.label for key in sections.keys(bare, sample.verdict, sample.model, [])] == ["trained"]


def test_the_best_validation_is_found_on_the_curve(sample):
    assert ("best validation loss", "0.276 at step 396") in sections.training(sample.curve).facts


def test_losses_that_overflowed_are_left_out_of_the_curve():
    rows = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": float("nan")}, {"step": 3, "loss": float("inf")}]
    assert ("last training loss", "2.000") in sections.training(rows).facts
    assert sections.training(rows[1:]) is None


def test_a_run_without_a_curve_has_no_chart():
    assert sections.training([]) is None


def test_the_cards_histogram_is_read_with_its_unit():
    bars = "≤      64        18  █\n≤   1,024     1,221  ███"
    card = f"# x\n\n## Length\n\nCharacters of each record.\n\n```\n{bars}\n```\n"
    found = sections.lengths(card)
    assert found.what == "Characters of each record."
    assert "18 ≤ 64, 1,221 ≤ 1,024" in found.chart


@pytest.mark.parametrize("card", ["", "# x\n\n## Length\n\nnone\n", "```\n≤ 64 18\n```"])
def test_a_card_without_a_histogram_gives_none(card):
    assert sections.lengths(card) is None


def test_lineage_goes_from_the_sources_to_the_release_by_full_digests(sample):
    nodes = sections.lineage(sample.recipe, sample.dataset, sample.model, sample.report, sample.verdict, sample.release)
    assert [node.kind for node in nodes] == ["source", "source", "recipe", "dataset", "base", "model", "report",
                                             "verdict", "release"]
    assert {node.digest for node in nodes} >= {
        *(origin.digest for origin in sample.dataset.origins), sample.recipe.digest, sample.dataset.digest,
        sample.model.base, sample.model.digest, sample.report.digest, sample.verdict.digest, sample.release.digest}


def test_a_verdict_against_a_live_release_names_its_report(sample):
    against = sample.verdict.model_copy(update={"against": "ab" * 32})
    nodes = sections.lineage(sample.recipe, sample.dataset, sample.model, sample.report, against, sample.release)
    assert "live report ababab" in nodes[-2].inputs


@pytest.mark.parametrize(("part", "text"), [(1.0, "100 %"), (0.123, "12 %"), (0.0468, "4.7 %"), (0.00093, "0.093 %")])
def test_shares_are_percentages_with_figures_that_count(part, text):
    assert sections.percent(part).replace("\N{NO-BREAK SPACE}", " ") == text
