"""Every kind of adapter answers: alone, in company, and while others come and go."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from tunewright.base import Base, load_model
from tunewright.core.errors import Fault
from tunewright.engine import Request, attached, bottleneck, nf4, own, prefix
from tunewright.engine.chat import Chat, Rendered
from tunewright.engine.hf import HfEngine

KINDS = ["adapter", "prefix", "prompt", "ia3", "hybrid", "dora",
         pytest.param("qlora", marks=pytest.mark.skipif(find_spec("bitsandbytes") is None,
                                                        reason="bitsandbytes is not installed"))]
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")


def shaken(model):
    """Trained weights moved by chance, so that the adapter says something else than the base."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight.add_(0.3 * torch.randn_like(weight))
    return model


def in_peft(model, config, folder):
    from peft import get_peft_model

    shaken(get_peft_model(model, config)).save_pretrained(folder, save_embedding_layers=False)


def save(kind: str, base: Base, folder: Path) -> Path:
    """Write an adapter of the kind, its weights drawn by chance."""
    from peft import IA3Config, LoraConfig

    folder.mkdir()
    torch.manual_seed(5)
    model = load_model(base).requires_grad_(False)
    if kind == "adapter":
        bottleneck.insert(model, 8, "houlsby")
        own.write(shaken(model), {"method": "adapter", "bottleneck": 8, "placement": "houlsby"}, folder)
    elif kind in ("prefix", "prompt"):
        prefix.prepare(model)
        width = 2 * 2 * 32 if kind == "prefix" else 64
        prefix.write(prefix.put(model, prefix.Prefix(torch.randn(5, width), kind, 2)), folder)
    elif kind == "ia3":
        in_peft(model, IA3Config(task_type="CAUSAL_LM"), folder)
    elif kind == "qlora":
        in_peft(nf4.quantise(model, "cpu"), LoraConfig(r=4, target_modules="all-linear"), folder)
        own.write_settings({"method": "qlora", "double_quantisation": True}, folder)
    else:
        whole = ["model.layers.1.mlp.up_proj"] if kind == "hybrid" else None
        in_peft(model, LoraConfig(r=4, target_modules="all-linear", use_dora=kind == "dora", modules_to_save=whole),
                folder)
    return folder


def ask(text="hello", model=None, **more):
    return Request(messages=({"role": "user", "content": text},), model=model, **{"new_tokens": 12, **more})


def spelled_out(model, ids, count):
    """Greedy decoding by whole passes without a cache: slow, and nothing can be wrong with it."""
    ids = torch.tensor([ids])
    with torch.no_grad():
        for _ in range(count):
            ids = torch.cat([ids, model(input_ids=ids, use_cache=False).logits[:, -1:].argmax(-1)], 1)
    return ids[0, -count:].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_answers_token_for_token_what_the_whole_pass_says(random_base, tmp_path, adapters, kind):
    folder, digest = save(kind, random_base, tmp_path / kind), "a" * 64
    engine = HfEngine(random_base, batch=4)
    lora, at = next(iter(adapters.items()))
    try:
        [bare] = engine.generate([ask()])
        engine.load(digest, folder, adapter=True)
        engine.load(lora, at, adapter=True)
        requests = [ask("hello there, this is long", digest), ask("hi", digest), ask("hi", lora), ask(),
                    ask("a", digest)]
        together = engine.generate(requests)
        for request, answer in zip(requests, together, strict=True):
            [alone] = engine.generate([request])
            assert answer.text == alone.text, "whatever else is in the batch"
        assert together[3].text == bare.text, "the base is as it was"
        model = attached.read(load_model(random_base), folder)
        prompt = Chat(engine._tokenizer).prompt_ids(ask("hi").messages)
        tokens = spelled_out(model, prompt, 12)
        assert together[1].text == Chat(engine._tokenizer).decode(tokens)[:len(together[1].text)]
        assert together[1].text
        engine.unload(digest)
        assert engine.resident() == {lora}
    finally:
        engine.close()


@pytest.mark.parametrize("kind", KINDS)
def test_likelihoods_under_every_kind_are_those_of_each_row_alone(random_base, tmp_path, kind):
    rows = [Rendered([5, 9, 30, 7], [False, False, True, True]), Rendered([8, 8, 12], [False, True, False])]
    folder = save(kind, random_base, tmp_path / kind)
    model = attached.read(load_model(random_base), folder)
    engine = HfEngine(random_base, batch=4)
    try:
        engine.load("a" * 64, folder, adapter=True)
        found, bare = engine.likelihoods(rows, "a" * 64), engine.likelihoods(rows)
    finally:
        engine.close()
    for row, said in zip(rows, found, strict=True):
        ids, learned = torch.tensor(row.ids), torch.tensor(row.mask[1:])
        with torch.no_grad():
            logits = model(input_ids=ids[None]).logits[0]
        assert said.nats / said.tokens == pytest.approx(
            float(torch.nn.functional.cross_entropy(logits[:-1][learned], ids[1:][learned])), rel=1e-4)
    assert found != bare


@pytest.mark.parametrize("kind", ["adapter", "prefix", "prompt", "ia3"])
def test_an_adapter_of_another_base_is_refused(random_base, tmp_path, kind):
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = save(kind, random_base, tmp_path / kind)
    other = LlamaForCausalLM(LlamaConfig(vocab_size=264, hidden_size=32, intermediate_size=48, num_hidden_layers=1,
                                         num_attention_heads=2))
    with pytest.raises(Fault, match=r"does not fit this base .*: serve it on the base it was trained on"):
        attached.read(other, folder, "e" * 64)


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "method.json"])
def test_an_adapter_with_a_file_missing_is_refused(random_base, tmp_path, name):
    folder = save("adapter", random_base, tmp_path / "adapter")
    (folder / name).unlink()
    with pytest.raises(Fault, match="train it again"):
        attached.read(load_model(random_base), folder)


def test_a_prefix_moves_positions_and_a_sliding_window_is_left_to_the_layer(random_base):
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(0)
    model = MistralForCausalLM(MistralConfig(
        vocab_size=264, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, sliding_window=3, initializer_range=0.2)).eval()
    ids = torch.tensor([[5, 9, 30, 31, 40, 41, 7, 1]])
    prefix.prepare(model)
    prefix.put(model, prefix.Prefix(torch.randn(4, 64), "prompt", 4))
    with torch.no_grad():
        whole = model(input_ids=ids, use_cache=False).logits
        from transformers.cache_utils import DynamicCache

        cache, steps = DynamicCache(), []
        for at in range(ids.shape[1]):
            steps.append(model(input_ids=ids[:, at:at + 1], cache=cache, use_cache=True).logits)
    torch.testing.assert_close(torch.cat(steps, 1), whole, rtol=1e-4, atol=1e-5)
