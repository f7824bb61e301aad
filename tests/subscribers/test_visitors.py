"""Which address a request came from, however the proxies in front write it."""

from __future__ import annotations

import logging

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from subscribers.visitors import visitor_ip

V4, V6 = "203.0.113.9", "2001:db8:1:2::3"


@pytest.fixture(autouse=True)
def behind(settings: Settings) -> Settings:
    """One proxy that writes X-Forwarded-For."""
    settings.BEHIND_PROXY, settings.PROXY_HEADER = 1, "X-Forwarded-For"
    return settings


def seen(value: str, *, header: str = "X-Forwarded-For", remote: str = "10.0.0.1") -> str:
    request = RequestFactory(REMOTE_ADDR=remote).get("/", headers={header: value})
    return visitor_ip(request)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (V4, V4),
        (f"{V4}:51234", V4),
        (f" {V4} ", V4),
        (f'"{V4}:51234"', V4),
        (V6, V6),
        (f"[{V6}]", V6),
        (f"[{V6}]:443", V6),
        (f'"[{V6}]:443"', V6),
        ("2001:0db8:0001:0002:0:0:0:3", V6),
        ("2001:db8:1:2:0:0:0:3:443", V6),
        (f"::ffff:{V4}", V4),
        (f"[::ffff:{V4}]:443", V4),
        (f"::ffff:{V4}:443", V4),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:443", "fe80::1"),
        (f"198.51.100.1, {V4}", V4),
        (f"198.51.100.1:9,{V4}:9,", V4),
        ("unknown", ""),
        (f"{V4}, unknown", ""),
        ("_hidden", ""),
        ("", ""),
        (" , ", ""),
        ("news.example.org:80", ""),
        ("203.0.113", ""),
        ("[", ""),
    ],
)
def test_an_address_is_read_however_a_proxy_writes_it(written: str, address: str) -> None:
    assert seen(written) == address


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (f"for={V4}", V4),
        (f"For={V4};proto=https;by=10.0.0.1", V4),
        (f'proto=https; for="{V4}:51234"', V4),
        (f'for="[{V6}]:443"', V6),
        (f"for=198.51.100.1, for={V4}", V4),
        ("for=unknown", ""),
        ("for=_gazonk", ""),
        ("proto=https", ""),
        (f'for="198.51.100.1, for={V4}', V4),
        (f'for="198.51.100.1\\", for={V4}', V4),
    ],
)
def test_the_standard_header_is_read_too(behind: Settings, written: str, address: str) -> None:
    behind.PROXY_HEADER = "Forwarded"

    assert seen(written, header="Forwarded") == address


def test_of_several_proxies_the_outermost_says_who_the_visitor_is(behind: Settings) -> None:
    behind.BEHIND_PROXY = 2

    assert seen(f"198.51.100.1, {V4}, 192.0.2.1") == V4


def test_a_proxy_that_leaves_out_what_it_was_told_is_believed_itself(behind: Settings) -> None:
    behind.BEHIND_PROXY = 2

    assert seen(V4) == V4


def test_without_a_proxy_no_header_is_believed(behind: Settings) -> None:
    behind.BEHIND_PROXY = 0

    assert seen(V4, remote="192.0.2.7") == "192.0.2.7"


def test_only_the_header_that_the_proxy_writes_is_believed() -> None:
    assert seen(f"for={V4}", header="Forwarded") == ""


def test_a_proxy_that_cannot_be_read_is_told_of_in_the_log_without_anything_of_the_visitor(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        seen("secret-name")

    assert "BEHIND_PROXY" in caplog.text
    assert "secret-name" not in caplog.text


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60))
def test_nothing_that_a_visitor_writes_changes_what_the_proxy_says(forged: str) -> None:
    assert seen(f"{forged}, {V4}:1") == V4
