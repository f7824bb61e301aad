"""The audit log."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from subscribers.models import AuditAction, AuditEntry
from subscribers.services.auditing import LONGEST_VALUE, record, replace_address

pytestmark = pytest.mark.django_db


def test_an_entry_is_neither_rewritten_nor_deleted() -> None:
    entry = record(AuditAction.CHANGED, by="a command")

    for forbidden in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(note="x"),
    ):
        with pytest.raises(TypeError):
            forbidden()
    assert AuditEntry.objects.get() == entry


@pytest.mark.parametrize("fields", [{"action": "guessed"}, {"actor_name": ""}, {"about_id": "1"}])
def test_the_database_refuses_an_entry_that_says_nothing(fields: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.create(**{"action": "changed", "actor_name": "awa", **fields})


def test_of_an_endless_text_the_beginning_is_kept() -> None:
    entry = record(AuditAction.CHANGED, by="awa", changes={"body": ["", "x" * 60_000]})

    before, after = entry.changes["body"]
    assert (before, len(after)) == (None, LONGEST_VALUE + 1)


@pytest.mark.parametrize("address", ["awa@a.example", "a\"w'é@a.example", "a_w%a@a.example"])
def test_the_address_of_an_erased_reader_is_replaced_wherever_it_stands(address: str) -> None:
    changes: dict[str, list[Any]] = {
        "detail": [None, f"write to {address}."],
        "list": [[], [address]],
    }
    entry = record(
        AuditAction.SIGN_IN_FAILED, by=address.upper(), changes=changes, note=f"<{address}>"
    )
    other = record(AuditAction.CHANGED, by="awa", note=f"not b{address} nor {address}.ml")

    assert replace_address(address, stand_in="reader 7") >= 1

    entry.refresh_from_db()
    assert entry.changes == {"detail": [None, "write to reader 7."], "list": [[], ["reader 7"]]}
    assert (entry.note, entry.actor_name) == ("<reader 7>", "reader 7")
    before = other.note
    other.refresh_from_db()
    assert other.note == before
