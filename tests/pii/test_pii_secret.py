"""Secrets: keys by their issuer's prefix, private keys whole or torn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.pii import make
from tunewright.pii.secret import LONGEST
from tunewright.recipe.pii import PiiSpec

SCANNER = make(PiiSpec())
BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
KEYS = {"AKIA{}": 16, "ASIA{}": 16, "ghp_{}": 36, "gho_{}": 36, "glpat-{}": 20, "xoxb-123456789012-{}": 24,
        "sk_live_{}": 24, "rk_test_{}": 24, "sk-{}": 48, "sk-proj-{}": 60, "sk-ant-api03-{}": 90, "AIza{}": 35,
        "ya29.{}": 60, "hf_{}": 34, "npm_{}": 36, "SG.{0}.{0}": 32, "eyJ{0}.eyJ{0}.{0}": 40}


def secrets(text: str) -> list[str]:
    return [text[one.start:one.end] for one in SCANNER.find(text) if one.kind in ("api_key", "private_key")]


@pytest.mark.parametrize("form", KEYS)
@given(data=st.data())
def test_a_key_is_found_by_its_prefix(form: str, data: st.DataObject) -> None:
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" if form[1:3] in ("KI", "SI") else BASE62
    key = form.format(data.draw(st.text(signs, min_size=KEYS[form], max_size=KEYS[form])))
    for around in ("use {} now", 'key="{}"', "KEY={}", "{}"):
        assert secrets(around.format(key)) == [key]


@given(st.text(BASE62 + "+/", min_size=40, max_size=40))
def test_a_key_without_a_prefix_is_found_by_its_name(key: str) -> None:
    assert secrets(f"aws_secret_access_key = {key}\n") == [key]
    assert secrets(f'"AWS_SECRET_ACCESS_KEY": "{key}"') == [key]


@pytest.mark.parametrize("text", ["AKIA", "sk-learn and sk-image", "ghp_short",
                                  "a commit d41d8cd98f00b204e9800998ecf8427e",
                                  "eyJhbGciOiJIUzI1NiJ9 alone", "task-management-for-everybody-and-more",
                                  "xox-large-size"])
def test_what_only_begins_so_is_none(text: str) -> None:
    assert secrets(text) == []


def pem(kind: str, body: str, end: str = "\n") -> str:
    return f"-----BEGIN {kind}-----{end}{body}{end}-----END {kind}-----"


@pytest.mark.parametrize("kind", ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY",
                                  "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\\n"])
def test_a_private_key_goes_whole(kind: str, end: str) -> None:
    key = pem(kind, end.join(["MIIEpAIBAAKCAQEA" * 4] * 20), end)
    assert SCANNER.safe(f"this: {key} and more")[0] == "this: [PRIVATE_KEY] and more"


def test_a_torn_private_key_goes_as_far_as_it_reaches() -> None:
    torn = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA" * 4 + "\n" + "MIIEpAIBAAKCAQEA" * 3
    assert SCANNER.safe(f"this: {torn}\nand more")[0] == "this: [PRIVATE_KEY]\nand more"


def test_a_public_key_and_a_certificate_stay() -> None:
    for kind in ("PUBLIC KEY", "CERTIFICATE"):
        assert SCANNER.safe(pem(kind, "MIIEpAIBAAKC" * 5))[0] == pem(kind, "MIIEpAIBAAKC" * 5)


def test_the_largest_keys_fit() -> None:
    assert len(pem("RSA PRIVATE KEY", "\n".join(["A" * 64] * 196))) < LONGEST  # RSA with 16,384 bits in base64
