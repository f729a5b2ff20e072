"""A rule has one bound; on `general` it need not say the usual one."""

import pytest
from pydantic import ValidationError

from tunewright.recipe import RuleSpec


def test_a_rule_on_general_allows_the_usual_margin_unless_it_says_otherwise():
    assert RuleSpec.model_validate({"metric": "general/*"}).drop_at_most == 0.05
    assert RuleSpec.model_validate({"metric": "general/all", "against": "live"}).drop_at_most == 0.05
    assert RuleSpec.model_validate({"metric": "general/all", "drop_at_most": 0.1}).drop_at_most == 0.1
    assert RuleSpec.model_validate({"metric": "general/all", "at_least": 0.5}).drop_at_most is None


@pytest.mark.parametrize("rule", [{"metric": "task/exact"}, {"metric": "task/exact", "at_least": 1, "at_most": 1}])
def test_any_other_rule_names_its_one_bound(rule):
    with pytest.raises(ValidationError, match="exactly one of"):
        RuleSpec.model_validate(rule)


def test_a_rule_that_was_written_out_is_read_again():
    rule = RuleSpec.model_validate({"metric": "general/*"})
    assert RuleSpec.model_validate(rule.model_dump(mode="json")) == rule
