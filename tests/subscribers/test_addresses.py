from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.addresses import mask, normalise
from subscribers.errors import AskForAnotherAddress


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("reader@example.org", "reader@example.org"),
        ("  reader@example.org ", "reader@example.org"),
        ("Reader.One@Example.ORG", "Reader.One@example.org"),
        ("Postmaster@example.org", "Postmaster@example.org"),
        ("reader+news@desk.example", "reader+news@desk.example"),
        ("reader@bücher.example", "reader@xn--bcher-kva.example"),
        ("o'hara@example.org", "o'hara@example.org"),
    ],
)
def test_an_address_gets_an_ascii_domain_and_keeps_its_local_part(typed: str, address: str) -> None:
    assert normalise(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "reader",
        "reader@",
        "@example.org",
        "reader@localhost",
        "reader@example..org",
        "reader@example.org.",
        "two@at@example.org",
        "rea der@example.org",
        "josé@example.org",
        "Rita <reader@example.org>",
        "<reader@example.org>",
        '"rea der"@example.org',
        "reader@[127.0.0.1]",
        "reader@127.0.0.1",
        "reader@example.org\n",
        "reader@example.org\r\nBcc: all@example.org",
        "\nreader@example.org",
        "a@example.org,b@example.org",
        "reader@example.org\x00",
        "reader@example.org\u2028",
        "=?utf-8?q?reader?=@example.org?=",
        f"{'x' * 65}@example.org",
        f"{'x' * 64}@{'y' * 60}.{'y' * 60}.{'y' * 60}.{'y' * 10}.example",
        f"reader@{'.'.join(['ü' * 30] * 7)}.example",
    ],
)
def test_what_not_every_server_can_reach_is_refused(typed: str) -> None:
    with pytest.raises(AskForAnotherAddress, match=r"name@example\.com"):
        normalise(typed)


@given(st.emails() | st.text())
def test_whatever_is_typed_gives_one_stable_ascii_address_or_a_sentence(typed: str) -> None:
    try:
        address = normalise(typed)
    except AskForAnotherAddress:
        return
    assert normalise(address) == address
    assert address.isascii()
    assert len(address) <= 254
    assert not set(address) & set(' \r\n\t,<>"')


def test_a_mask_shows_the_first_letter_and_the_domain() -> None:
    assert mask("reader@example.com") == "r•••@example.com"
