import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from tunewright.base import find
from tunewright.core.errors import Fault
from tunewright.recipe import BaseSpec


@pytest.fixture
def folder(tmp_path):
    """A base on disk: 20 weights in one file."""
    path = tmp_path / "mine"
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (path / "tokenizer.json").write_text("{}")
    save_file({"a": np.zeros((4, 4), np.float32), "b": np.zeros(4, np.float16)}, path / "model.safetensors")
    return path


def mine(folder, **choices):
    return find(BaseSpec(name="mine", **choices), folder.parent)


def test_a_local_folder_is_found_beside_the_recipe(folder):
    base = mine(folder)
    assert (base.name, base.path, base.parameters, base.license) == ("mine", folder, 20, None)


def test_the_bundled_tiny_is_found_from_anywhere(tmp_path):
    base = find(BaseSpec(name="tiny"), tmp_path)
    assert 1_000_000 < base.parameters < 5_000_000


def test_the_digest_follows_every_byte_that_matters(folder):
    before = mine(folder).digest
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content + b" ")
        assert mine(folder).digest != before
        (folder / name).write_bytes(content)
    (folder / "README.md").write_text("# told later")
    assert mine(folder).digest == before


def test_random_weights_are_another_base_and_so_is_another_seed(folder):
    choices = ({}, {"weights": "random"}, {"weights": "random", "seed": 1})
    digests = {mine(folder, **chosen).digest for chosen in choices}
    assert len(digests) == 3
    (folder / "model.safetensors").unlink()
    assert mine(folder, weights="random").digest in digests, "random weights need no weights file"


@pytest.mark.parametrize(("front", "license"), [
    ("license: apache-2.0", "apache-2.0"), ("license: other\nlicense_name: my-terms", "my-terms"),
    ("license: [mit, cc-by-4.0]", "mit, cc-by-4.0"), ("tags: [x]", None), ("license: [", None)])
def test_the_licence_is_read_from_the_model_card(folder, front, license):
    (folder / "README.md").write_text(f"---\n{front}\n---\n# Card\n")
    assert mine(folder).license == license


def test_a_card_without_front_matter_declares_no_licence(folder):
    (folder / "README.md").write_text("# Card\n\nlicense: mit\n")
    assert mine(folder).license is None


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pth"])
def test_pickled_weights_are_refused_with_how_to_convert_them(folder, name):
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(Fault, match=rf"{name}.*run code.*save_pretrained"):
        mine(folder)


def test_a_pickle_beside_safetensors_is_ignored(folder):
    (folder / "pytorch_model.bin").write_bytes(b"x")
    assert mine(folder).parameters == 20


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_base_with_code_of_its_own_is_refused(folder, name):
    (folder / name).write_text(json.dumps({"auto_map": {"AutoModel": "modeling.Mine"}}))
    with pytest.raises(Fault, match="code of its own"):
        mine(folder)


@pytest.mark.parametrize(("name", "content", "says"), [
    ("config.json", b"{", "config.json that cannot be read"), ("config.json", b"[]", "not an object"),
    ("config.json", b"\xff", "cannot be read"), ("tokenizer_config.json", b"{", "tokenizer_config.json"),
    ("model.safetensors", b"short", "not a whole safetensors file"),
    ("model.safetensors", b"\xff" * 64, "header too long"),
    ("model.safetensors", b"\x02" + b"\0" * 7 + b"[]", "not a whole safetensors file"),
    ("model.safetensors.index.json", b"{}", "index.json"),
    ("model.safetensors.index.json", b'{"weight_map": {"a": "model-2.safetensors"}}', "misses the shard model-2")])
def test_a_broken_file_is_told_in_one_sentence(folder, name, content, says):
    (folder / name).write_bytes(content)
    with pytest.raises(Fault, match=says) as told:
        mine(folder)
    assert "\n" not in str(told.value)


def test_weights_that_were_cut_off_are_told_before_anything_is_trained(folder):
    path = folder / "model.safetensors"
    save_file({"a": np.zeros(1000, np.float32)}, path)
    with path.open("r+b") as stream:
        stream.truncate(2000)
    with pytest.raises(Fault, match="2,000 bytes where its header tells of 4,"):
        mine(folder)


def test_shards_are_counted_and_copies_beside_them_are_not(folder):
    for shard in ("model-1", "model-2", "consolidated"):
        save_file({shard: np.zeros(10, np.float32)}, folder / f"{shard}.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps(
        {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}))
    assert mine(folder).parameters == 20


def test_a_missing_base_is_told_with_the_nearest_known(folder):
    with pytest.raises(Fault, match="did you mean `mine`"):
        find(BaseSpec(name="mime"), folder.parent)
    with pytest.raises(Fault, match="did you mean `tiny`"):
        find(BaseSpec(name="tinny"), folder.parent)
    with pytest.raises(Fault, match="hub ids look like `owner/name`"):
        find(BaseSpec(name="qqqqqq"), folder.parent)


def test_a_folder_that_is_no_base_and_a_file_are_told(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(Fault, match=r"no config\.json"):
        find(BaseSpec(name="empty"), tmp_path)
    with pytest.raises(Fault, match="is a file"):
        find(BaseSpec(name="file"), tmp_path)


def test_finding_a_base_imports_no_torch():
    code = ("import sys; from pathlib import Path; from tunewright.base import find; "
            "from tunewright.recipe import BaseSpec; find(BaseSpec(name='tiny'), Path('.')); "
            "assert not {'torch', 'transformers', 'peft'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True)
