from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from newsletter.transports.base import Outcome
from newsletter.transports.outbox import MAX_ADDRESS, EmailBackend, Outbox, OutboxTransport
from tests.newsletter.transports.conftest import make_batch, results_of

RAW = b"Subject: Hello\r\nTo: a@example.org\r\n\r\nSubject: not this one\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


@pytest.fixture
def outbox(folder: Path) -> Outbox:
    return Outbox(folder)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the clock that the outbox reads."""
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)


def test_an_outbox_that_was_never_written_to_is_empty(outbox: Outbox) -> None:
    assert outbox.items() == []


def test_what_is_read_is_byte_for_byte_what_was_written(outbox: Outbox) -> None:
    raw = b"Subject: x\r\n\r\nline\r\n.\r\n\x00\xff"

    name = outbox.write("a@example.org", raw)

    assert outbox.read(name) == raw


def test_items_are_newest_first_and_say_when(
    outbox: Outbox, at: Callable[[datetime], None]
) -> None:
    start = datetime(2023, 9, 30, 23, 59, 59, 999_000, tzinfo=UTC)
    moments = [start, start + timedelta(microseconds=1), start + timedelta(days=1)]
    for moment in moments:
        at(moment)
        outbox.write("a@example.org", RAW)

    assert [item.written_at for item in outbox.items()] == moments[::-1]


@pytest.mark.parametrize(
    "address",
    [
        "o'brien+news@example.org",
        '"a b"@example.org',
        "under_score_s@example.org",
        "a/../b@example.org",
        "100%25@example.org",
        "aïssata.bücher@exämple.org",
        "..@example.org",
    ],
)
def test_an_address_with_odd_characters_comes_back_as_it_was(outbox: Outbox, address: str) -> None:
    name = outbox.write(address, RAW)

    assert [item.address for item in outbox.items()] == [address]
    assert outbox.read(name) == RAW


def test_a_long_address_is_cut_in_the_name_and_can_still_be_read(outbox: Outbox) -> None:
    name = outbox.write("é" * 64 + "@example.org", RAW)

    assert len(name) < MAX_ADDRESS + 80
    assert outbox.read(name) == RAW
    assert [item.name for item in outbox.items()] == [name]


def test_items_are_found_by_a_part_of_the_address_in_any_case(outbox: Outbox) -> None:
    outbox.write("Awa@example.org", RAW)
    outbox.write("bakary@example.org", RAW)

    assert [item.address for item in outbox.items(address_contains="aWA@")] == ["Awa@example.org"]


def test_a_message_handed_over_twice_is_there_twice(outbox: Outbox) -> None:
    outbox.write("a@example.org", RAW)
    outbox.write("a@example.org", RAW)

    assert len(outbox.items()) == 2


def test_a_half_written_file_is_neither_listed_nor_read(outbox: Outbox, folder: Path) -> None:
    name = outbox.write("a@example.org", RAW)
    half = (folder / name).rename(folder / f".{name}.part")

    assert outbox.items() == []
    with pytest.raises(FileNotFoundError):
        outbox.read(half.name)


def test_files_the_outbox_did_not_write_are_neither_listed_nor_read(
    outbox: Outbox, folder: Path
) -> None:
    folder.mkdir()
    (folder / "notes.eml").write_bytes(RAW)

    assert outbox.items() == []
    with pytest.raises(FileNotFoundError):
        outbox.read("notes.eml")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../secret.eml",
        "../../etc/passwd",
        "/etc/passwd",
        "20230901T000000.000000_0123456789ab_/../../secret.eml",
        "20230901T000000.000000_0123456789ab_a@example.org.eml\n",
        "20230901T000000.000000_0123456789ab_a@example.org.eml\x00",
        "20230901T000000.000000_0123456789ab_a@example.org.eml",
        f"20230901T000000.000000_0123456789ab_{'a' * 5000}.eml",
        "٢٠230901T000000.000000_0123456789ab_a@example.org.eml",
    ],
)
def test_a_name_that_is_not_of_the_outbox_is_not_found(
    outbox: Outbox, folder: Path, name: str
) -> None:
    outbox.write("a@example.org", RAW)
    (folder.parent / "secret.eml").write_bytes(b"secret")

    for read in (outbox.read, outbox.parsed, outbox.headers):
        with pytest.raises(FileNotFoundError):
            read(name)


def test_headers_are_decoded_and_come_without_the_body(outbox: Outbox) -> None:
    name = outbox.write("a@example.org", RAW.replace(b"Hello", b"=?utf-8?q?S=C3=A9gou?="))

    headers = outbox.headers(name)

    assert headers.items() == [("Subject", "Ségou"), ("To", "a@example.org")]
    assert headers.get_payload() == ""


def test_the_transport_accepts_every_copy_and_tells_where_it_is(
    settings: Settings, folder: Path
) -> None:
    settings.OUTBOX_DIR = folder
    results = list(results_of(OutboxTransport(), make_batch("one@a.example", "two@a.example")))

    outbox = Outbox(folder)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED] * 2
    assert [outbox.parsed(r.outbox_name)["To"] for r in results] == [
        "one@a.example",
        "two@a.example",
    ]


def test_a_message_stands_as_on_the_wire_with_crlf_at_every_line(
    settings: Settings, folder: Path
) -> None:
    settings.OUTBOX_DIR = folder

    [result] = results_of(OutboxTransport(), make_batch("one@a.example"))

    raw = Outbox(folder).read(result.outbox_name)
    assert b"\r\n\r\n" in raw
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")


def test_transactional_mail_goes_there_too(settings: Settings, folder: Path) -> None:
    settings.OUTBOX_DIR = folder
    message = EmailMessage("Please confirm", "Hello", "news@example.org", ["a@example.org"])

    handed_over = EmailBackend().send_messages([message])

    [item] = Outbox(folder).items()
    assert handed_over == 1
    assert item.address == "a@example.org"
    assert Outbox(folder).headers(item.name)["Subject"] == "Please confirm"
