"""`manage.py reader`: what a reader may ask for, in the hands of an operator."""

from __future__ import annotations

import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from subscribers.models import AuditEntry, SignUpRequest, Subscriber, Suppression, SuppressionReason
from subscribers.services.suppressing import is_suppressed, suppress
from tests.factories import make_region, make_subscription
from tests.subscribers.asking import ask

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def reader() -> Subscriber:
    return make_subscription(address="awa@a.example").subscriber


def said(*arguments: object) -> str:
    out = StringIO()
    call_command("reader", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_reader_is_exported_however_the_address_is_typed() -> None:
    held = json.loads(said("export", "AWA@a.Example"))

    assert held["subscriber"][0]["address"] == "awa@a.example"
    assert AuditEntry.objects.get().action == "exported"


def test_an_export_goes_into_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    file = tmp_path / "awa.html"

    assert said("export", "awa@a.example", "--html", "--to", file) == ""

    assert "What we hold about you" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "awa.json"
    file.write_text("precious")

    with pytest.raises(CommandError, match="is there already"):
        said("export", "awa@a.example", "--to", file)

    assert file.read_text() == "precious"


def test_a_reader_is_erased_and_named_by_number(reader: Subscriber) -> None:
    number = reader.pk

    assert said("erase", "awa@a.example", "--yes") == f"Reader {number} is erased.\n"

    assert not Subscriber.objects.exists()
    assert not Suppression.objects.exists()


def test_an_erased_address_can_be_suppressed_for_good() -> None:
    said("erase", "awa@a.example", "--yes", "--never-mail")

    assert is_suppressed("awa@a.example")
    assert Suppression.objects.get().mailbox is None


def test_a_suppression_of_somebody_who_is_no_reader_is_exported() -> None:
    suppress("Who@a.example", reason=SuppressionReason.BOUNCED, detail="called us")

    held = json.loads(said("export", "who@A.example"))

    assert [row["detail"] for row in held["suppressions"]] == ["called us"]
    assert held["subscriber"] == []
    assert AuditEntry.objects.get().note


def test_a_suppression_of_somebody_who_is_no_reader_is_erased(reader: Subscriber) -> None:
    suppress("Who@a.example", reason=SuppressionReason.BOUNCED, detail="called us")

    assert said("erase", "who@A.example", "--yes") == "This address is erased.\n"

    assert not Suppression.objects.exists()
    assert Subscriber.objects.get() == reader


def test_of_the_will_of_somebody_who_is_no_reader_only_a_key_stays() -> None:
    suppress("who@a.example", reason=SuppressionReason.ASKED, detail="called us")

    said("erase", "who@a.example", "--yes")

    assert is_suppressed("who@a.example")
    assert Suppression.objects.get().mailbox is None


def test_what_was_asked_in_the_name_of_somebody_who_is_no_reader_is_erased(
    reader: Subscriber,
) -> None:
    ask(reader.subscriptions.get().publication, make_region(), address="who@a.example")

    said("erase", "who@a.example", "--yes")

    assert not SignUpRequest.objects.exists()


def test_nobody_is_erased_without_being_asked() -> None:
    with pytest.raises(CommandError, match="add --yes"):
        said("erase", "awa@a.example")

    assert Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("address", "answer"),
    [("who@a.example", "Nothing is held about this address."), ("awa", "Enter an address")],
)
def test_an_unknown_address_is_said(address: str, answer: str) -> None:
    with pytest.raises(CommandError, match=answer):
        said("erase", address, "--yes")
