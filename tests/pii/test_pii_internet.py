"""E-mail addresses, user and password in a URL, IP addresses: found in any surroundings; what looks like one is not."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.pii import make
from tunewright.recipe.pii import PiiSpec

SCANNER = make(PiiSpec())
NAME = st.from_regex(r"[a-z][a-z0-9]{0,8}([._+-][a-z0-9]{1,8}){0,3}", fullmatch=True)
DOMAIN = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,6})?(\.[a-z]{2,8}){1,3}", fullmatch=True)


def found(kind: str, text: str) -> list[str]:
    return [text[one.start:one.end] for one in SCANNER.find(text) if one.kind == kind]


@given(NAME, DOMAIN, st.sampled_from(["{}", "Write to {}.", "<{}>", "mailto:{}", '"{}",', "({})", "{};{{", "a\\n{}\\n",
                                      "email={}&x=1", "是{}，"]))
def test_an_address_is_found_in_any_surroundings(name: str, domain: str, around: str) -> None:
    address = f"{name}@{domain}"
    assert found("email", around.format(address)) == [address]


@pytest.mark.parametrize("text", ["müller@beispiel.de", "o'hara@mail.org", "ada@mail.xn--p1ai", "ADA@MAIL.ORG",
                                  "a@b.co"])
def test_unusual_addresses_are_addresses(text: str) -> None:
    assert found("email", f"it is {text}") == [text]


@pytest.mark.parametrize("text", ["@decorator.call", "user@localhost", "a @ b.org", "npm i pkg@1.2.3", "x@@y.org",
                                  "@@"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert found("email", text) == []


@pytest.mark.parametrize(("text", "value"), [
    ("postgres://ada:s3cret@db.example.org/x", "ada:s3cret"), ("redis://:pass@localhost:6379", ":pass"),
    ("https://u:p,;w@[2001:db8::1]/", "u:p,;w"), ("amqp://a:b@c@host", "a:b@c")])
def test_user_and_password_are_found_and_the_rest_of_the_url_stays(text: str, value: str) -> None:
    scanner = make(PiiSpec(without=("ip",)))
    assert scanner.safe(f"use {text} now")[0] == f"use {text.replace(value, '[CREDENTIALS]')} now"


@pytest.mark.parametrize("text", ["https://example.org:80/a@b", "https://example.org/u:p@x", "http://example.org/?q=a:b@c"])
def test_a_port_or_a_path_is_no_password(text: str) -> None:
    assert found("credentials", text) == []


@given(st.ip_addresses().filter(lambda one: not (one.is_loopback or one.is_unspecified)))
def test_every_ip_address_is_found(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    for text in {str(address), address.exploded}:
        if "." in text or (text.count(":") > 2 and any(sign.isdigit() for sign in text)):
            assert found("ip", f"from {text}, twice") == [text]


@pytest.mark.parametrize("text", ["version 1.2.3.4", "v1.2.3.4", "1.2.3.4.5", "256.1.1.1", "127.0.0.1", "0.0.0.0",
                                  "::1", "std::vector", "a1::b2", "12:34:56", "00:1a:2b:3c:4d:5e", "1.2.3",
                                  "01.02.2003"])
def test_what_is_no_address_of_anybody_is_none(text: str) -> None:
    assert found("ip", f"see {text} there") == []
