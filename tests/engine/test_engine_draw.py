"""What a request adds to logits, by OpenAI's formula, and what is drawn of them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from tunewright.engine import Request, Unsupported
from tunewright.engine.draw import leaning, sample

TOKENS = st.integers(0, 9)
PENALTY = st.floats(-2, 2)


@given(st.lists(TOKENS, max_size=30), PENALTY, PENALTY, st.dictionaries(TOKENS, st.floats(-100, 100), max_size=5),
       st.lists(st.floats(-20, 20), min_size=10, max_size=10))
def test_logits_are_changed_by_openais_formula(said, presence, frequency, bias, values):
    logits = torch.tensor(values)
    found = leaning({"presence_penalty": presence, "frequency_penalty": frequency,
                     "logit_bias": {str(token): value for token, value in bias.items()}}, 10)
    want = [value - said.count(token) * frequency - (token in said) * presence + bias.get(token, 0)
            for token, value in enumerate(values)]
    for token in said if found else ():
        found.took(token)
    assert_close(logits if found is None else found.of(logits), torch.tensor(want))
    assert logits.tolist() == torch.tensor(values).tolist(), "what others see is left as it was"


@pytest.mark.parametrize("more", [{}, {"presence_penalty": 0.0, "frequency_penalty": 0, "logit_bias": {}}])
def test_what_adds_nothing_costs_nothing(more):
    assert leaning(more, 10) is None


@pytest.mark.parametrize("token", ["10", "-1", "a", "", "1.0", "²"])
def test_a_bias_on_what_is_no_token_is_refused(token):
    with pytest.raises(Unsupported, match="0 to 9") as caught:
        leaning({"logit_bias": {token: 1}}, 10)
    assert caught.value.field == "logit_bias"


@given(st.integers(0, 2**32), st.floats(0, 2, exclude_min=True), st.floats(0.01, 1), st.sets(TOKENS, min_size=1))
def test_what_is_masked_is_never_drawn(seed, temperature, top_p, allowed):
    logits = torch.full((10,), -torch.inf)
    logits[list(allowed)] = torch.randn(len(allowed), generator=torch.Generator().manual_seed(seed))
    asked = Request(prompt="x", new_tokens=1, temperature=temperature, top_p=top_p)
    assert sample(logits, asked, torch.Generator().manual_seed(seed)) in allowed
