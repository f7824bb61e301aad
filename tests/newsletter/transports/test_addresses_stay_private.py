"""Django's own backends, and Anymail's console, put all of `to` into one message."""

from __future__ import annotations

import io

import pytest
from django.core import mail
from django.core.mail import EmailMessage, get_connection

from newsletter.transports.base import Copy, Outcome, Parcel, Result
from newsletter.transports.messages import WouldShowAddresses, refuse_to_show_addresses
from newsletter.transports.one_by_one import OneByOne
from tests.newsletter.transports.conftest import results_of

BACKENDS = (
    "django.core.mail.backends.locmem.EmailBackend",
    "django.core.mail.backends.console.EmailBackend",
    "anymail.backends.console.EmailBackend",
)


class Plain(OneByOne):
    """Any Django backend, as a transport."""

    def send(self, message: EmailMessage, copy: Copy) -> Result:
        self._connection.send_messages([message])
        return Result(copy.delivery_id, Outcome.ACCEPTED)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_message_shows_the_address_of_another_reader(backend: str, parcel: Parcel) -> None:
    mail.outbox = []
    stream = io.StringIO()
    options = {} if "locmem" in backend else {"stream": stream}

    results_of(Plain(get_connection(backend, **options)), parcel)

    written = [m.message().as_string() for m in mail.outbox] or stream.getvalue().split("-" * 79)
    messages = [text for text in written if text.strip()]
    assert len(messages) == 3
    for message in messages:
        assert sum(copy.address in message for copy in parcel.copies) == 1


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_a_message_to_two_people_is_refused(field: str) -> None:
    message = EmailMessage(to=["one@a.example"])
    getattr(message, field).append("two@a.example")

    with pytest.raises(WouldShowAddresses):
        refuse_to_show_addresses(message)


def test_a_transport_that_builds_a_message_to_two_people_sends_nothing(parcel: Parcel) -> None:
    mail.outbox = []

    class Careless(Plain):
        def build(self, parcel: Parcel, copy: Copy) -> EmailMessage:
            message = super().build(parcel, copy)
            message.to = [copy.address for copy in parcel.copies]
            return message

    connection = get_connection("django.core.mail.backends.locmem.EmailBackend")
    with pytest.raises(WouldShowAddresses):
        results_of(Careless(connection), parcel)

    assert mail.outbox == []
