from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django import Settings

from newsletter.models import Batch
from newsletter.services import scheduling
from newsletter.services.freezing import freeze_due
from newsletter.services.parcels import parcel_of
from newsletter.transports.base import Parcel
from subscribers.models import Publication
from tests.factories import make_subscription
from tests.newsletter.factories import make_issue

pytestmark = pytest.mark.django_db


def parcel_for(publication: Publication) -> Parcel:
    make_subscription(publication=publication, regions=["ML-1"])
    make_subscription(publication=publication, regions=["ML-1"])
    issue = make_issue(publication, ("Letter", []))
    scheduling.schedule(issue, at=None, by=None)
    freeze_due(50)
    return parcel_of(Batch.objects.get())


def test_complaints_are_counted_by_issue_for_all_its_readers(publication: Publication) -> None:
    parcel = parcel_for(publication)

    issue, of, kind, sender = parcel.feedback_id.split(":")
    assert (issue, of, kind) == (publication.issues.get().slug, publication.slug, "issue")
    assert 5 <= len(sender) <= 15
    assert len(parcel.copies) == 2


def test_help_leads_to_a_page_that_anyone_can_open(
    publication: Publication, client: Client, settings: Settings
) -> None:
    page = parcel_for(publication).list_pages["List-Help"]

    assert page.startswith(settings.SITE_URL)
    assert client.get(page.removeprefix(settings.SITE_URL)).status_code == 200


@pytest.mark.parametrize(
    "list_id", ["Dépêche.news.example", "two words.example", "nodots", "a.b\n"]
)
def test_a_list_id_that_mail_programs_could_not_read_is_refused(
    publication: Publication, list_id: str
) -> None:
    publication.list_id = list_id

    with pytest.raises(ValidationError, match="letters, digits and hyphens"):
        publication.clean_fields()
