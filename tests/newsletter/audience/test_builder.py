"""Who gets an issue and who does not, and why: the builder against the rule said once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import product
from typing import NamedTuple

import pytest

from newsletter.audience.builder import reason_to_pass_over
from newsletter.audience.freezing import freeze_due
from newsletter.editorial.checking import check_here
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.preflight import preflight
from newsletter.editorial.scheduling import schedule
from newsletter.models import Issue, IssueKind, Mailing, Reason
from newsletter.queries import counts_of
from subscribers.models import Publication, SuppressionReason
from subscribers.services.suppressing import suppress
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

#: Kayes lies in Mali; Segou is elsewhere in it.
CHOICES: tuple[dict[str, str], ...] = (
    {"ML-1": "all"},
    {"ML-1": "issues"},
    {"ML-1": "alerts"},
    {"ML-1": "alerts", "ML-4": "issues"},
    {"ML-4": "all"},
    {"ML": "alerts"},
)


class Reader(NamedTuple):
    chosen: dict[str, str]
    status: str
    is_suppressed: bool
    is_paused: bool
    only_on_change: bool


READERS = [
    Reader(*values)
    for values in product(
        CHOICES, ("active", "pending", "ended"), (False, True), (False, True), (False, True)
    )
]


@pytest.fixture(scope="module")
def kept_readers(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    """The key of a publication that has them all."""
    with kept_for_the_module():
        load_regions()
        publication = make_publication()
        subscribe_all(publication)
        return publication.pk


@pytest.fixture
def readers(kept_readers: int) -> Publication:
    return Publication.objects.get(pk=kept_readers)


def subscribe_all(publication: Publication) -> None:
    tomorrow = publication.today + timedelta(days=1)
    for number, reader in enumerate(READERS):
        address = f"r{number}@a.example"
        make_subscription(
            publication=publication,
            regions=reader.chosen,
            address=address,
            status=reader.status,
            paused_until=tomorrow if reader.is_paused else None,
            only_on_change=reader.only_on_change,
        )
        if reader.is_suppressed:
            suppress(address, reason=SuppressionReason.BOUNCED)


class Plan(NamedTuple):
    """An issue without trends, with a word to everyone and a section on each of `regions`."""

    kind: IssueKind
    regions: tuple[str, ...]
    mail_when_nothing: bool


PLANS = [
    Plan(*values)
    for values in product(
        IssueKind, (("ML-1",), ("ML-4",), ("ML-1", "ML-4"), ("SN",)), (False, True)
    )
]


def reason_for(reader: Reader, plan: Plan) -> str:
    """Why `reader` gets nothing; empty if they do."""
    is_alert = plan.kind == IssueKind.ALERT
    unwanted = "issues" if is_alert else "alerts"
    wanted = {region for region, level in reader.chosen.items() if level != unwanted}
    is_concerned = bool(
        wanted & set(plan.regions)
        or ("ML" in wanted and any(region.startswith("ML") for region in plan.regions))
    )
    if is_alert and not is_concerned:
        return Reason.NO_MATCHING_CONTENT if wanted else Reason.OTHER_KIND
    if reader.status != "active":
        return Reason.NOT_CONFIRMED if reader.status == "pending" else Reason.UNSUBSCRIBED
    if reader.is_suppressed or reader.is_paused:
        return Reason.SUPPRESSED if reader.is_suppressed else Reason.PAUSED
    if not wanted:
        return Reason.OTHER_KIND
    if not is_concerned and not plan.mail_when_nothing:
        return Reason.NO_MATCHING_CONTENT
    return Reason.UNCHANGED if reader.only_on_change and not is_alert else ""


def test_everybody_gets_it_or_has_the_reason_that_the_rule_gives(readers: Publication) -> None:
    for plan in PLANS:
        readers.mail_when_nothing = plan.mail_when_nothing
        readers.save()
        parts = [("Letter", []), *((region, [region]) for region in plan.regions)]
        issue = make_issue(readers, *parts, kind=plan.kind)

        report = preflight(draft_of(issue))

        expected = Counter(reason_for(reader, plan) for reader in READERS)
        assert report.readers == expected.pop("", 0)
        assert report.left_out == dict(expected)
        assert report.audience == len(READERS)


@pytest.mark.parametrize("kind", IssueKind)
def test_the_freeze_writes_what_preflight_counted(readers: Publication, kind: IssueKind) -> None:
    issue = make_issue(readers, ("Letter", []), ("Kayes", ["ML-1"]), kind=kind)
    report = preflight(draft_of(issue))

    schedule(issue, at=None, by=None)
    freeze_due(50)

    mailing = Mailing.objects.get()
    counts = counts_of(mailing)
    assert counts.planned == report.readers
    assert counts.excluded == report.left_out
    assert mailing.audience_size == mailing.deliveries.count() == counts.total


def test_who_left_before_the_last_mailing_is_counted_and_has_no_line(
    publication: Publication,
) -> None:
    gone = make_subscription(publication=publication, address="gone@a.example", status="ended")
    stays = make_subscription(publication=publication, address="stays@a.example")
    first = frozen(make_issue(publication, ("Letter", [])))
    left = make_subscription(publication=publication, address="left@a.example", status="ended")

    second = frozen(make_issue(publication, ("Letter", [])))

    lines = dict(second.deliveries.values_list("subscription", "reason"))
    assert first.passed_over == {}
    assert first.deliveries.get(subscription=gone.pk).reason == Reason.UNSUBSCRIBED
    assert lines == {stays.pk: "", left.pk: Reason.UNSUBSCRIBED}
    assert second.passed_over == {Reason.UNSUBSCRIBED: 1}
    assert counts_of(second).excluded == {Reason.UNSUBSCRIBED: 2}
    assert reason_to_pass_over(second.issue, gone) == Reason.UNSUBSCRIBED


def frozen(issue: Issue) -> Mailing:
    check_here(draft_of(issue))
    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)
    Mailing.objects.filter(pk=mailing.pk).update(state="paused")
    mailing.refresh_from_db()
    return mailing
