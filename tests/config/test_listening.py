"""Which address the embedded site takes, and what the settings learn of it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from config.listening import claim_port, describe_site, is_loopback, wanted_address

LOCAL = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server((LOCAL, 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "SITE_URL", "OUTBOX_OPEN"):
        # Set first, so that what the code sets is undone as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def test_the_wanted_address_is_this_machine_unless_said_otherwise(unset: None) -> None:
    assert wanted_address() == (LOCAL, 8000)


def test_host_and_port_come_from_the_environment(
    unset: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST", EVERYWHERE)
    monkeypatch.setenv("PORT", "9000")

    assert wanted_address() == (EVERYWHERE, 9000)


@pytest.mark.parametrize("port", ["eighty", "-1", "65536", "80.5"])
def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(SystemExit, match=f"PORT={port} is not a port"):
        wanted_address()


def test_a_free_port_is_taken_as_wanted(taken: int) -> None:
    with socket.create_server((LOCAL, 0)) as just_closed:
        free = port_of(just_closed)

    with claim_port(LOCAL, free) as listener:
        assert port_of(listener) == free


def test_a_taken_port_leads_to_a_later_one(taken: int) -> None:
    with claim_port(LOCAL, taken) as listener:
        assert taken < port_of(listener) < taken + 100


def test_whoever_comes_second_gets_another_port() -> None:
    with claim_port(LOCAL, 0) as first, claim_port(LOCAL, port_of(first)) as second:
        assert port_of(first) != port_of(second)


def test_a_claimed_port_answers_before_the_site_is_ready() -> None:
    with (
        claim_port(LOCAL, 0) as listener,
        socket.create_connection(listener.getsockname(), timeout=1) as visitor,
    ):
        assert visitor.getpeername() == listener.getsockname()


def test_an_address_of_another_machine_is_refused_with_the_reason() -> None:
    with pytest.raises(SystemExit, match=r"Cannot listen on 192\.0\.2\.1"):
        claim_port("192.0.2.1", 8000)


def test_the_last_port_has_none_after_it() -> None:
    with claim_port(LOCAL, 65535), pytest.raises(SystemExit, match="are taken"):
        claim_port(LOCAL, 65535)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        (EVERYWHERE, "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
    ],
)
def test_the_site_knows_its_address(unset: None, host: str, address: str) -> None:
    describe_site(host, 8000)

    assert os.environ["SITE_URL"] == address


def test_an_address_that_was_given_stays(unset: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://news.example.org")

    describe_site(LOCAL, 8000)

    assert os.environ["SITE_URL"] == "https://news.example.org"


def test_the_outbox_is_open_where_only_this_machine_reaches_it(unset: None) -> None:
    describe_site(LOCAL, 8000)

    assert os.environ["OUTBOX_OPEN"] == "true"


def test_the_outbox_is_closed_where_others_reach_the_site(unset: None) -> None:
    describe_site(EVERYWHERE, 8000)

    assert "OUTBOX_OPEN" not in os.environ


@pytest.mark.parametrize("address", ["https://news.example.org", "http://["])
def test_the_outbox_is_closed_where_others_reach_the_site_through_a_proxy(
    unset: None, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("SITE_URL", address)

    describe_site(LOCAL, 8000)

    assert "OUTBOX_OPEN" not in os.environ


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.5", True), ("::1", True), ("localhost", True), ("192.0.2.1", False)],
)
def test_what_only_this_machine_reaches_is_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local
