from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.builder import audience_of
from newsletter.audience.freezing import freeze_due
from newsletter.audience.segments import SegmentRule, count
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.scheduling import schedule
from newsletter.errors import AskWhetherToNobody
from newsletter.models import DeliveryState, Mailing, MailingState, Reason, Segment
from subscribers.models import Publication, Region
from tests.factories import make_publication, make_region, make_subscription
from tests.newsletter.factories import make_issue

pytestmark = pytest.mark.django_db

#: Kayes and Segou lie in Mali; Dakar does not.
CODES = ("ML", "ML-1", "ML-4", "SN-DK")
LANGUAGES = ("en", "fr", "pt-BR")
DAYS = tuple(date(2026, 1, day) for day in (1, 2, 3))


def make_segment(publication: Publication, *regions: str, **fields: Any) -> Segment:
    segment = Segment.objects.create(publication=publication, **{"name": "Some", **fields})
    segment.regions.set(Region.objects.filter(code__in=regions))
    return segment


@pytest.fixture
def publication(db: None) -> Publication:
    mali = make_region("ML", kind="country")
    places = [make_region(code, parent=mali) for code in ("ML-1", "ML-4")]
    return make_publication(
        regions=[mali, *places, make_region("SN-DK")],
        time_zone="America/Lima",
        languages=["en", "fr", "pt-BR"],
    )


def related(chosen: str, named: str) -> bool:
    """Whether one is the other, or Mali and the other a part of it."""
    return chosen == named or {chosen, named} in ({"ML", "ML-1"}, {"ML", "ML-4"})


#: In Lima it is five hours earlier: the first hours are of the day before.
JOINED = tuple(datetime(2026, 1, day, hour, tzinfo=UTC) for day in (1, 2, 3, 4) for hour in (4, 5))
rules = st.builds(
    SegmentRule,
    name=st.just("Some"),
    regions=st.lists(st.sampled_from(CODES), unique=True, max_size=2).map(tuple),
    languages=st.lists(st.sampled_from(LANGUAGES), unique=True, max_size=2).map(tuple),
    joined_from=st.none() | st.sampled_from(DAYS),
    joined_until=st.none() | st.sampled_from(DAYS),
)


def is_meant(rule: SegmentRule, region: str, language: str, joined: datetime) -> bool:
    """The rule, said once more without a database."""
    day = (joined - timedelta(hours=5)).date()
    return (
        (not rule.regions or any(related(region, one) for one in rule.regions))
        and (not rule.languages or language in rule.languages)
        and (rule.joined_from is None or day >= rule.joined_from)
        and (rule.joined_until is None or day <= rule.joined_until)
    )


def test_who_is_in_a_segment_is_whom_its_rule_means(publication: Publication) -> None:
    issue = make_issue(publication, ("Letter", []))
    composer = draft_of(issue).composer
    people = {
        make_subscription(
            publication=publication, regions=[region], language=language, confirmed_at=joined
        ).pk: (region, language, joined)
        for region, language, joined in product(CODES, LANGUAGES, JOINED)
    }

    @given(rules)
    def holds(rule: SegmentRule) -> None:
        found = dict(audience_of(issue, composer, rule).values_list("pk", "reason"))

        assert {pk for pk, reason in found.items() if not reason} == {
            pk for pk, reader in people.items() if is_meant(rule, *reader)
        }
        assert set(found.values()) <= {"", Reason.OUTSIDE_SEGMENT}
        assert SegmentRule.from_json(rule.as_json()) == rule

    holds()


def test_those_outside_are_counted_and_get_the_issue_by_a_later_mailing(
    publication: Publication,
) -> None:
    inside = make_subscription(publication=publication, regions=["ML-1"])
    outside = make_subscription(publication=publication, regions=["SN-DK"])
    issue = make_issue(publication, ("Letter", []))
    segment = make_segment(publication, "ML-1")

    first = schedule(issue, at=None, by=None, segment=segment)
    freeze_due(50)
    assert first.deliveries.get(subscription=outside).reason == Reason.OUTSIDE_SEGMENT
    first.deliveries.filter(reason="").update(state=DeliveryState.ACCEPTED)
    Mailing.objects.filter(pk=first.pk).update(
        state=MailingState.FINISHED, finished_at=timezone.now()
    )
    schedule(issue, at=None, by=None)
    freeze_due(50)

    second = issue.mailings.exclude(pk=first.pk).get()
    assert second.deliveries.get(subscription=outside).state == DeliveryState.PLANNED
    assert second.deliveries.get(subscription=inside).reason == Reason.ALREADY_SENT


def test_a_segment_that_is_changed_or_deleted_changes_no_mailing(publication: Publication) -> None:
    inside = make_subscription(publication=publication, regions=["ML-1"], language="fr")
    segment = make_segment(publication, languages=["fr"])
    mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None, segment=segment)
    segment.languages = ["en"]
    segment.save()
    segment.delete()

    freeze_due(50)

    mailing.refresh_from_db()
    assert mailing.deliveries.get(subscription=inside).state == DeliveryState.PLANNED
    assert mailing.segment is None
    assert mailing.segment_rule
    assert mailing.segment_rule["name"] == "Some"


def test_a_segment_that_nobody_is_in_is_said_when_an_issue_is_scheduled(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions=["ML-1"])
    segment = make_segment(publication, "SN-DK", name="Dakar")

    with pytest.raises(AskWhetherToNobody, match="No reader in the segment “Dakar” would get"):
        schedule(make_issue(publication, ("Letter", [])), at=None, by=None, segment=segment)


def test_active_readers_are_counted_and_the_number_is_kept(publication: Publication) -> None:
    for status in ("active", "ended", "pending"):
        make_subscription(publication=publication, regions=["ML-4"], status=status)
    segment = make_segment(publication, "ML")

    assert count(segment) == 1
    segment.refresh_from_db()
    assert segment.size == 1
    assert segment.counted_at is not None


@pytest.mark.parametrize(
    "fields",
    [
        {"joined_from": DAYS[1], "joined_until": DAYS[0]},
        {"languages": ["en'; --"]},
        {"languages": {"en": 1}},
        {"name": "a\nb"},
        {"size": 3},
    ],
)
def test_the_database_refuses_what_is_no_rule(
    publication: Publication, fields: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_segment(publication, **fields)
