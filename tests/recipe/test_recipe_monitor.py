"""What tells which questions are alike is a word, or an address; what is neither is refused in its own words."""

import pytest
from pydantic import ValidationError

from tunewright.recipe.engine import AddressSpec
from tunewright.recipe.monitor import DriftSpec


def test_an_encoder_is_a_word_or_an_address():
    at = {"url": "https://host/v1", "model": "m", "key": "ENCODER_KEY"}
    assert DriftSpec().encoder == "letters"
    assert DriftSpec.model_validate({"encoder": at}).encoder == AddressSpec(**at)
    again = DriftSpec(encoder=AddressSpec(**at))
    assert DriftSpec.model_validate_json(again.model_dump_json()) == again


@pytest.mark.parametrize(("encoder", "wrong"), [
    ("leters", "encoder.parts"), (3, "encoder.parts"), ({"url": "https://host/v1"}, "encoder.address.model"),
    ({"url": "https://host/v1", "model": "m", "key": "sk-1"}, "encoder.address.key")])
def test_what_is_wrong_is_told_of_the_one_that_was_meant(encoder, wrong):
    with pytest.raises(ValidationError) as refused:
        DriftSpec.model_validate({"encoder": encoder})
    assert [".".join(map(str, one["loc"])) for one in refused.value.errors()] == [wrong]
