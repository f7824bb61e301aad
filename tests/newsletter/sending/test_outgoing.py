from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from newsletter.links import archive_url, web_url
from newsletter.models import Batch, Edition, Mailing, Version
from newsletter.rendering.slots import OWN_BEGINS, OWN_ENDS, Slot
from newsletter.sending.outgoing import outgoing_batch
from newsletter.transports.base import OutgoingBatch
from subscribers.models import Publication, Subscriber
from subscribers.tokens import Purpose, read_generation
from tests.newsletter.factories import frozen_to
from tests.newsletter.fakes import whole_edition

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        return frozen_to("awa@a.example", "bakary@a.example").pk


@pytest.fixture
def publication(db: None, kept_mailing: int) -> Publication:
    return Mailing.objects.get(pk=kept_mailing).issue.publication


@pytest.fixture
def outgoing(publication: Publication) -> OutgoingBatch:
    """Of two readers."""
    return outgoing_batch(Batch.objects.get())


def test_what_all_copies_share_is_filled_in_once(outgoing: OutgoingBatch) -> None:
    address = web_url(Edition.objects.get().public_id)

    assert f'href="{address}"' in whole_edition(outgoing).html
    assert f"View in browser: {address}\n" in whole_edition(outgoing).text
    assert len(outgoing.copies) == 2
    assert all(Slot.WEB_URL not in copy.values for copy in outgoing.copies)


def test_each_copy_has_a_value_for_every_mark_that_is_left(outgoing: OutgoingBatch) -> None:
    edition = whole_edition(outgoing)
    marks = set(re.findall("\ue000([a-z_]+)\ue001", edition.subject + edition.text + edition.html))

    for copy in outgoing.copies:
        assert marks == {slot.value for slot in copy.values}


def test_links_to_preferences_are_of_the_generation_of_their_reader(
    publication: Publication, outgoing: OutgoingBatch
) -> None:
    awa, bakary = Subscriber.objects.order_by("mailbox")
    Subscriber.objects.filter(pk=awa.pk).update(link_generation=7)

    with CaptureQueriesContext(connection) as counted:
        copies = outgoing_batch(Batch.objects.get()).copies

    generations = {
        copy.address: read_generation(
            Purpose.PREFERENCES, copy.values[Slot.PREFERENCES_URL].split("/")[-2]
        )[1]
        for copy in copies
    }
    assert generations == {awa.address: 7, bakary.address: 0}
    assert sum("link_generation" in query["sql"] for query in counted) == 1


def test_the_signs_around_a_readers_own_parts_stay_at_home(outgoing: OutgoingBatch) -> None:
    edition = whole_edition(outgoing)
    for part in (edition.subject, edition.text, edition.html):
        assert OWN_BEGINS not in part
        assert OWN_ENDS not in part
    assert "You get this because" in edition.html


def test_complaints_are_counted_by_issue_for_all_its_readers(
    publication: Publication, outgoing: OutgoingBatch
) -> None:
    issue, of, kind, sender = outgoing.feedback_id.split(":")
    assert (issue, of, kind) == (publication.issues.get().slug, publication.slug, "issue")
    assert 5 <= len(sender) <= 15
    assert len(outgoing.copies) == 2


def test_help_leads_to_a_page_that_anyone_can_open(
    outgoing: OutgoingBatch, client: Client, settings: Settings
) -> None:
    page = outgoing.list_pages["List-Help"]

    assert page.startswith(settings.SITE_URL)
    assert client.get(page.removeprefix(settings.SITE_URL)).status_code == 200


@pytest.mark.parametrize("archive_open", [True, False])
@pytest.mark.usefixtures("outgoing")
def test_mail_leads_to_an_open_archive(publication: Publication, archive_open: bool) -> None:
    Publication.objects.update(archive_open=archive_open)

    pages = outgoing_batch(Batch.objects.get()).list_pages

    assert pages.get("List-Archive") == (archive_url(publication) if archive_open else None)


@pytest.mark.parametrize(
    "list_id", ["Dépêche.news.example", "two words.example", "nodots", "a.b\n"]
)
def test_a_list_id_that_mail_programs_could_not_read_is_refused(
    publication: Publication, list_id: str
) -> None:
    publication.list_id = list_id

    with pytest.raises(ValidationError, match="letters, digits and hyphens"):
        publication.clean_fields()


@pytest.mark.usefixtures("outgoing")
def test_mail_goes_out_under_the_sender_that_was_frozen(publication: Publication) -> None:
    before = outgoing_batch(Batch.objects.get())
    frozen = (publication.from_name, publication.from_address, publication.reply_to)
    Publication.objects.update(
        from_name="Other", from_address="x@other.example", reply_to="y@other.example"
    )

    after = outgoing_batch(Batch.objects.get())

    assert (after.from_name, after.from_address, after.reply_to) == frozen
    assert after == before


@pytest.mark.usefixtures("outgoing")
def test_content_from_before_it_named_a_sender_goes_out_under_that_of_its_publication(
    publication: Publication,
) -> None:
    version = Version.objects.get()
    for name in ("from_name", "from_address", "reply_to"):
        del version.content["publication"][name]
    Version.objects.update(content=version.content)

    assert outgoing_batch(Batch.objects.get()).from_address == publication.from_address
