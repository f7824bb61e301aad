"""Who gets a correction and who does not, and why: the builder against the rule said once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import product
from typing import NamedTuple

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.audience.corrected import readers_by_part
from newsletter.audience.freezing import freeze_due
from newsletter.editions.recipes import assembled
from newsletter.editorial.correcting import Said, correct, send_correction
from newsletter.editorial.drafts import draft_of_correction
from newsletter.editorial.preflight import PreflightReport, preflight
from newsletter.editorial.scheduling import schedule
from newsletter.models import (
    Correction,
    Delivery,
    DeliveryState,
    IssueKind,
    Mailing,
    MailingState,
    Reason,
    Section,
)
from subscribers.models import (
    InterestSet,
    Level,
    Publication,
    Region,
    Subscription,
    SuppressionReason,
)
from subscribers.models.texts import Texts
from subscribers.services.suppressing import suppress
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import assess, make_issue
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

CHOICES: tuple[dict[str, str], ...] = (
    {"ML-1": "all"},
    {"ML-1": "alerts", "ML-4": "issues"},
    {"ML": "all"},
    {"ML-1": "alerts"},
)
#: Titles of sections, and the assessment of Kayes.
WRONG: tuple[tuple[str, ...], ...] = (
    ("Letter",),
    ("Kayes",),
    ("Segou",),
    ("ML-1",),
    ("Kayes", "Segou"),
)


class Reader(NamedTuple):
    #: Of the first mailing; or of the second, in which what was wrong on Segou was mended.
    wave: int
    chosen: dict[str, str]
    state: DeliveryState
    #: What became of them since.
    after: str

    @property
    def held(self) -> set[str]:
        """What of the issue their email held, as it was in the first mailing."""
        wanted = {code for code, level in self.chosen.items() if level != "alerts"}
        if not wanted or self.state == DeliveryState.REJECTED:
            return set()
        kayes = {"Kayes", "ML-1"} if wanted & {"ML", "ML-1"} else set()
        segou = {"Segou"} if wanted & {"ML", "ML-4"} and self.wave == 0 else set()
        return {"Letter"} | kayes | segou


READERS = [
    Reader(*values)
    for values in product(
        (0, 1),
        CHOICES,
        (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.REJECTED),
        ("same", "moved", "paused", "ended", "pending", "suppressed"),
    )
]


def reason_for(reader: Reader, wrong: Collection[str]) -> str:
    """Why `reader` does not get the correction of what was `wrong`; empty if they do."""
    if not reader.held.intersection(wrong):
        return Reason.NOT_SENT
    if reader.after in ("pending", "ended", "suppressed"):
        return {
            "pending": Reason.NOT_CONFIRMED,
            "ended": Reason.UNSUBSCRIBED,
            "suppressed": Reason.SUPPRESSED,
        }[reader.after]
    return Reason.UNSURE if reader.state == DeliveryState.UNKNOWN else ""


@pytest.fixture(scope="module")
def kept(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    """The key of a publication whose issue was sent to them all, by two mailings."""
    with kept_for_the_module():
        load_regions()
        publication = make_publication()
        issue = make_issue(publication, ("Letter", []), ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]))
        assess(issue, "ML-1")
        for wave in (0, 1):
            subscribe(publication, wave)
            mailing = schedule(issue, at=None, by=None)
            freeze_due(50)
            finish(mailing, wave)
            Section.objects.filter(title__icontains="Segou").update(body={"en": "Mended."})
        for number, reader in enumerate(READERS):
            change(Subscription.objects.get(subscriber__mailbox=mailbox(number)), reader.after)
        return publication.pk


def mailbox(number: int) -> str:
    return f"r{number}@a.example"


def subscribe(publication: Publication, wave: int) -> None:
    for number, reader in enumerate(READERS):
        if reader.wave == wave:
            regions, address = reader.chosen, mailbox(number)
            make_subscription(publication=publication, regions=regions, address=address)


def finish(mailing: Mailing, wave: int) -> None:
    """Let become of its emails what READERS says."""
    for state, reason in (("accepted", ""), ("unknown", "no_answer"), ("rejected", "refused")):
        boxes = [mailbox(n) for n, r in enumerate(READERS) if (r.wave, r.state) == (wave, state)]
        planned = mailing.deliveries.filter(state=DeliveryState.PLANNED, mailbox__in=boxes)
        planned.update(state=state, reason=reason)
    now = timezone.now()
    Mailing.objects.filter(pk=mailing.pk).update(
        state=MailingState.FINISHED, finished_at=now, reached_at=now
    )


def change(subscription: Subscription, after: str) -> None:
    now = timezone.now()
    if after == "moved":
        subscription.interest_set = InterestSet.objects.of(
            {Region.objects.get(code="SN"): Level.ALERTS}
        )
        subscription.only_on_change = True
    elif after == "paused":
        subscription.paused_until = subscription.publication.today + timedelta(days=1)
    elif after == "ended":
        subscription.status, subscription.ended_at = "ended", now
        subscription.ended_reason = "unsubscribed"
    elif after == "pending":
        subscription.status, subscription.confirmed_at = "pending", None
    elif after == "suppressed":
        suppress(subscription.subscriber.mailbox, reason=SuppressionReason.BOUNCED)
    subscription.save()


@pytest.fixture
def publication(kept: int) -> Publication:
    return Publication.objects.get(pk=kept)


def corrected(publication: Publication, wrong: Collection[str]) -> Correction:
    """Of the first mailing."""
    first = Mailing.objects.filter(issue__publication=publication).order_by("pk")[0]
    ids = {str(section.title): section.pk for section in first.issue.sections.all()}
    said = [Said(ids.get(part, part), said_of(part, "no"), said_of(part, "yes")) for part in wrong]
    return correct(first.version, said, by=User.objects.get_or_create(username="awa")[0])


def said_of(part: str, word: str) -> Texts:
    return Texts({"en": f"What we say of {part} is {word}."})


def report_on(correction: Correction) -> PreflightReport:
    return preflight(draft_of_correction(correction))


def texts_to(mailing: Mailing, number: int) -> str:
    """What is planned for that one of READERS, in plain text; nothing if nothing is."""
    delivery = mailing.deliveries.select_related("edition").get(mailbox=mailbox(number))
    return assembled(delivery.edition).text if delivery.edition else ""


@pytest.mark.parametrize("wrong", WRONG, ids="+".join)
def test_everybody_gets_it_or_has_the_reason_that_the_rule_gives(
    publication: Publication, wrong: tuple[str, ...]
) -> None:
    report = report_on(corrected(publication, wrong))

    expected = Counter(reason_for(reader, wrong) for reader in READERS)
    assert report.readers == expected.pop("")
    assert report.left_out == dict(expected)
    assert report.audience == len(READERS)
    assert not report.faults


def test_the_freeze_writes_to_each_what_the_rule_gives_and_of_nothing_else(
    publication: Publication,
) -> None:
    correction = corrected(publication, ("Kayes", "Segou"))
    mailing = send_correction(correction, at=None, by=None)
    freeze_due(7)

    mailing.refresh_from_db()
    reasons = dict(mailing.deliveries.values_list("mailbox", "reason"))
    for number, reader in enumerate(READERS):
        assert reasons.get(mailbox(number), Reason.NOT_SENT) == reason_for(
            reader, ("Kayes", "Segou")
        )
        if not reasons.get(mailbox(number), "-"):
            text = texts_to(mailing, number)
            said = {part for part in ("Kayes", "Segou") if said_of(part, "yes")["en"] in text}
            assert said == reader.held & {"Kayes", "Segou"}
    assert mailing.state == MailingState.SENDING
    assert mailing.audience_size == len(reasons)
    assert mailing.audience_size + sum(mailing.passed_over.values()) == len(READERS)


def test_nobody_gets_the_same_correction_twice_but_another_one_of_the_same_issue(
    publication: Publication,
) -> None:
    correction = corrected(publication, ("Kayes",))
    number = report_on(correction).readers
    mailing = send_correction(correction, at=None, by=None)
    freeze_due(50)
    accept_all(mailing)

    assert report_on(correction).left_out[Reason.ALREADY_SENT] == number
    assert report_on(corrected(publication, ("Kayes",))).readers == number


def accept_all(mailing: Mailing) -> None:
    mailing.deliveries.filter(state=DeliveryState.PLANNED).update(state=DeliveryState.ACCEPTED)
    now = timezone.now()
    Mailing.objects.filter(pk=mailing.pk).update(
        state=MailingState.FINISHED, finished_at=now, reached_at=now
    )


def test_readers_of_each_part_are_counted_as_they_have_it(publication: Publication) -> None:
    issue = publication.issues.get()
    first, second = issue.versions.order_by("number")
    ids = {str(section.title): section.pk for section in issue.sections.all()}

    in_first, in_second = readers_by_part(first), readers_by_part(second)

    accepted = [reader for reader in READERS if reader.state == DeliveryState.ACCEPTED]
    for part in ("Letter", "Kayes", "Segou", "ML-1"):
        assert in_first[ids.get(part, part)] == sum(part in reader.held for reader in accepted)
    mended = Reader.held.fget  # type: ignore[attr-defined]
    assert in_second[ids["Segou"]] == sum(
        "Segou" in mended(reader._replace(wave=0)) for reader in accepted if reader.wave == 1
    )


def test_the_audience_takes_as_many_queries_whoever_is_in_it(publication: Publication) -> None:
    draft = draft_of_correction(corrected(publication, ("Kayes",)))
    with CaptureQueriesContext(connection) as all_of_them:
        preflight(draft)
    Delivery.objects.exclude(mailbox=mailbox(0)).update(
        state=DeliveryState.REJECTED, reason=Reason.REFUSED
    )
    draft = draft_of_correction(draft.correction or pytest.fail("It is one."))
    with CaptureQueriesContext(connection) as of_one:
        preflight(draft)

    assert len(of_one) == len(all_of_them)


def test_what_was_wrong_in_an_alert_is_corrected_to_those_whom_it_alerted_and_as_fast(
    publication: Publication,
) -> None:
    publication = make_publication()
    for number, level in enumerate(("alerts", "issues", "all")):
        make_subscription(
            publication=publication, regions={"ML-1": level}, address=f"{level}{number}@b.example"
        )
    alert = make_issue(publication, ("Kayes", ["ML-1"]), kind=IssueKind.ALERT)
    sent = schedule(alert, at=None, by=None)
    freeze_due(50)
    accept_all(sent)

    mailing = send_correction(corrected(publication, ("Kayes",)), at=None, by=None)
    freeze_due(50)

    mailing.refresh_from_db()
    reached = set(mailing.deliveries.values_list("mailbox", "reason"))
    assert reached == {("alerts0@b.example", ""), ("all2@b.example", "")}
    assert mailing.passed_over == {Reason.NOT_SENT: 1}
    assert mailing.batches.get().is_urgent
