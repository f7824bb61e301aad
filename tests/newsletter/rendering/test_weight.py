"""The size that an edition is judged by is the size that leaves."""

from __future__ import annotations

import pytest

from newsletter.audience.freezing import freeze_due
from newsletter.editions.recipes import assembled
from newsletter.editorial.scheduling import schedule
from newsletter.models import Batch, Edition
from newsletter.rendering.slots import Slot
from newsletter.rendering.weight import wire_size
from newsletter.sending.outgoing import outgoing_batch
from newsletter.transports.wire import Compiled
from subscribers.models import Publication
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.parts import en


@pytest.fixture
def publication(db: None) -> Publication:
    return make_publication()


def test_a_letter_with_an_accent_weighs_what_it_takes_on_the_wire() -> None:
    assert wire_size("é") == len("=C3=A9")


def test_a_place_for_a_link_weighs_as_much_as_a_link() -> None:
    assert wire_size(Slot.UNSUBSCRIBE_URL.mark) > 100


@pytest.mark.parametrize("body", ["All is quiet on the river. ", "Été à Ségou. ", "الوضع هادئ. "])
def test_it_is_what_a_transport_sends(publication: Publication, body: str) -> None:
    make_subscription(publication=publication)
    issue = make_issue(publication, ("Letter", []))
    issue.sections.update(body=en(body * 500))
    schedule(issue, at=None, by=None)
    freeze_due(50)
    outgoing = outgoing_batch(Batch.objects.get())

    message = Compiled(outgoing).message(outgoing.copies[0])
    sent = message.partition(b"Content-Type: text/html")[2].partition(b"\r\n\r\n")[2]

    assert wire_size(assembled(Edition.objects.get()).html) == pytest.approx(len(sent), rel=0.03)
