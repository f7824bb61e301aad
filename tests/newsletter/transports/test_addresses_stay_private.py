"""Django's own backends, and Anymail's console, put all of `to` into one message."""

from __future__ import annotations

import io
from typing import Any

import pytest
from anymail.message import AnymailMessage
from django.core import mail
from django.core.mail import get_connection

from newsletter.transports.base import OutgoingBatch
from newsletter.transports.esp_capabilities import capabilities
from newsletter.transports.esp_messages import alone, together
from newsletter.transports.messages import WouldShowAddresses, refuse_to_show_addresses
from tests.channels import main

BACKENDS = (
    "django.core.mail.backends.locmem.EmailBackend",
    "django.core.mail.backends.console.EmailBackend",
    "anymail.backends.console.EmailBackend",
)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_message_shows_the_address_of_another_reader(backend: str, batch: OutgoingBatch) -> None:
    mail.outbox = []
    stream = io.StringIO()
    options: dict[str, Any] = {} if "locmem" in backend else {"stream": stream}
    connection = get_connection(backend, **options)

    for copy in batch.copies:
        message = alone(batch, copy, capabilities(main(transport="postmark")))
        refuse_to_show_addresses(message, merges=False)
        connection.send_messages([message])

    written = [m.message().as_string() for m in mail.outbox] or stream.getvalue().split("-" * 79)
    messages = [text for text in written if text.strip()]
    assert len(messages) == 3
    for message in messages:
        assert sum(copy.address in message for copy in batch.copies) == 1


def merged(batch: OutgoingBatch) -> AnymailMessage:
    mailgun = capabilities(main(transport="mailgun"))
    assert mailgun.merge
    return together(batch, batch.copies, mailgun, mailgun.merge)


def test_a_message_to_many_is_refused_where_nothing_merges(batch: OutgoingBatch) -> None:
    with pytest.raises(WouldShowAddresses):
        refuse_to_show_addresses(merged(batch), merges=False)


def test_a_message_to_many_passes_where_the_esp_merges(batch: OutgoingBatch) -> None:
    refuse_to_show_addresses(merged(batch), merges=True)


def test_a_reader_of_whom_nothing_is_merged_is_refused(batch: OutgoingBatch) -> None:
    message = merged(batch)
    message.merge_metadata.popitem()

    with pytest.raises(WouldShowAddresses):
        refuse_to_show_addresses(message, merges=True)


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_a_second_recipient_anywhere_is_refused(batch: OutgoingBatch, field: str) -> None:
    message = alone(batch, batch.copies[0], capabilities(main(transport="postmark")))
    getattr(message, field).append("two@a.example")

    with pytest.raises(WouldShowAddresses):
        refuse_to_show_addresses(message, merges=False)
