from __future__ import annotations

import pytest

from newsletter.audience.freezing import freeze_due
from newsletter.editions.recipes import assembled
from newsletter.editorial.scheduling import schedule
from newsletter.sending.replanning import replan
from subscribers.models import InterestSet, Publication, Region
from tests.factories import make_subscription
from tests.newsletter.factories import assess, make_issue, sent

pytestmark = pytest.mark.django_db


def test_a_reader_who_changes_their_regions_is_still_compared_with_what_they_were_last_sent(
    publication: Publication,
) -> None:
    subscription = make_subscription(publication=publication, regions=["ML-4"])
    sent(publication, "August")
    issue = make_issue(publication, ("Letter", []), title="September")
    assess(issue, "ML-1", "increased")
    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)
    subscription.interest_set = InterestSet.objects.of([Region.objects.get(code="ML-1")])
    subscription.save()

    replan(mailing.batches.get())

    edition = mailing.deliveries.get().edition
    assert edition
    assert "What changed since “August”" in assembled(edition).text
