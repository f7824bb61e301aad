"""What a mail says has changed, by what its reader was sent before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.assigning import public_id_of
from newsletter.audience.freezing import freeze_due
from newsletter.audience.history import past_of
from newsletter.editions.past import tracks_of
from newsletter.editions.recipes import assembled
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.preflight import preflight
from newsletter.editorial.scheduling import schedule
from newsletter.models import BatchState, DeliveryState, Mailing, Reason
from subscribers.models import Publication, Subscription
from tests.factories import make_subscription
from tests.newsletter.factories import assess, make_issue, sent

pytestmark = pytest.mark.django_db


def subscribe(publication: Publication, *names: str, regions: tuple[str, ...] = ("ML-1",)) -> None:
    for name in names:
        make_subscription(publication=publication, regions=regions, address=f"{name}@a.example")


def september(publication: Publication, **trends: str) -> dict[str, str]:
    """What the text part of a new issue says, by who gets it."""
    issue = make_issue(publication, ("Letter", []), title="September")
    for code, trend in (trends or {"ML_1": "decreased"}).items():
        assess(issue, code.replace("_", "-"), trend)
    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)
    deliveries = mailing.deliveries.select_related("edition").exclude(edition=None)
    return {
        d.mailbox.partition("@")[0]: plain(assembled(d.edition).text)
        for d in deliveries
        if d.edition
    }


def plain(text: str) -> str:
    return " ".join(text.split())


def test_an_issue_without_trends_in_between_does_not_make_the_last_ones_forgotten(
    publication: Publication,
) -> None:
    subscribe(publication, "awa")
    sent(publication, "August", {"ML-1": "increased"})
    sent(publication, "A special issue", {})

    text = september(publication)["awa"]

    assert "What changed since “August”" in text
    assert "↑ increased, now ↓ decreased" in text
    assert "not assessed" not in text


def test_each_reader_is_compared_with_what_they_were_last_sent(publication: Publication) -> None:
    subscribe(publication, "steady", "away")
    sent(publication, "June")
    sent(publication, "July", without=["away@a.example"])
    sent(publication, "August", without=["away@a.example"])
    subscribe(publication, "new")

    texts = september(publication, ML_1="increased")

    assert "What changed since “August”" in texts["steady"]
    assert "What changed since “June”" in texts["away"]
    assert "“July” and “August” came out in between and did not reach you." in texts["away"]
    assert " since “" not in texts["new"]


def test_each_region_is_compared_with_the_last_issue_that_judged_it(
    publication: Publication,
) -> None:
    subscribe(publication, "awa", regions=("ML-1", "ML-4"))
    subscribe(publication, "late", regions=("ML-1", "ML-4"))
    sent(publication, "August", {"ML-1": "increased", "ML-4": "increased"})
    sent(publication, "Alert on Kayes", {"ML-1": "unchanged"}, without=["late@a.example"])

    texts = september(publication, ML_1="decreased", ML_4="decreased")

    assert "= unchanged (" in texts["awa"]
    assert "Segou: ↑ increased (" in texts["awa"]
    assert "What changed since “August”" in texts["late"]
    assert "Segou: ↑ increased, now ↓ decreased" in texts["late"]


def test_readers_are_remembered_for_thirteen_months_however_many_issues_came(
    publication: Publication,
) -> None:
    subscribe(publication, "first", "old")
    sent(publication, "Long ago", without=["first@a.example"], ago=timedelta(days=400))
    sent(publication, "A year ago", without=["old@a.example"], ago=timedelta(days=390))
    for week in range(14):
        sent(publication, f"Week {week}", without=["first@a.example", "old@a.example"])

    texts = september(publication)

    assert "No change since “A year ago”" in texts["first"]
    assert "since" not in texts["old"]


def test_what_a_reader_was_sent_of_other_publications_does_not_count(
    publication: Publication,
) -> None:
    subscription = make_subscription(publication=publication, address="awa@a.example")
    other = make_subscription(regions=["ML-1"], address="other@a.example")
    Subscription.objects.filter(pk=other.pk).update(subscriber=subscription.subscriber)
    sent(other.publication, "Elsewhere")

    assert " since “" not in september(publication)["awa"]


def test_a_mail_that_may_have_arrived_counts_as_sent(publication: Publication) -> None:
    subscribe(publication, "awa")
    earlier = sent(publication, "August")
    earlier.deliveries.update(state=DeliveryState.UNKNOWN, reason=Reason.NO_ANSWER)

    assert "No change since “August”" in september(publication)["awa"]


def ask_again_for(mailing: Mailing, *mailboxes: str) -> None:
    """Let it be unknown whether these have their email of `mailing`, and asked for once more."""
    mailing.batches.update(first_handed_at=timezone.now(), state=BatchState.PENDING)
    again = mailing.deliveries.filter(mailbox__in=mailboxes)
    again.update(state=DeliveryState.PLANNED, settled_at=None)


def test_what_is_to_be_asked_for_again_counts_as_sent(publication: Publication) -> None:
    subscribe(publication, "awa", "ben")
    sent(publication, "July")
    ask_again_for(sent(publication, "August"), "awa@a.example")

    texts = september(publication)

    assert "No change since “August”" in texts["awa"]
    assert "No change since “August”" in texts["ben"]


def test_it_counts_for_a_reader_who_was_not_sent_all_that_others_were(
    publication: Publication,
) -> None:
    subscribe(publication, "awa", regions=("ML-1", "ML-4"))
    sent(publication, "June", {"ML-4": "decreased"}, without=["awa@a.example"])
    ask_again_for(sent(publication, "August"), "awa@a.example")

    text = september(publication, ML_1="decreased", ML_4="decreased")["awa"]

    assert "No change since “August”" in text


def test_it_counts_if_nothing_of_its_mailing_is_known_to_have_arrived(
    publication: Publication,
) -> None:
    subscribe(publication, "awa")
    august = sent(publication, "August")
    ask_again_for(august, "awa@a.example")
    Mailing.objects.filter(pk=august.pk).update(reached_at=None)

    assert "No change since “August”" in september(publication)["awa"]


def test_what_waits_to_be_handed_over_a_first_time_does_not_count(
    publication: Publication,
) -> None:
    subscribe(publication, "awa", "ben")
    august = sent(publication, "August")
    ask_again_for(august, "awa@a.example")
    august.batches.update(first_handed_at=None)

    assert "since" not in september(publication)["awa"]


def test_an_issue_sent_again_compares_with_another_issue(publication: Publication) -> None:
    subscribe(publication, "awa")
    sent(publication, "August")
    issue = sent(publication, "September", without=["awa@a.example"]).issue

    again = schedule(issue, at=None, by=None)
    freeze_due(50)

    edition = again.deliveries.get().edition
    assert edition
    assert "No change since “August”" in plain(assembled(edition).text)


def test_histories_that_say_the_same_share_an_edition(publication: Publication) -> None:
    subscribe(publication, "both", "one", "two")
    sent(publication, "August", {"ML-1": "increased"}, without=["two@a.example"])
    first = sent(publication, "Letters", {"ML-4": "increased"}, without=["one@a.example"])

    september(publication, ML_1="decreased", ML_4="decreased")

    editions = Mailing.objects.exclude(pk=first.pk).latest("pk").editions
    assert editions.count() == 2


def test_the_grid_shows_the_editions_that_the_freeze_stores(publication: Publication) -> None:
    subscribe(publication, "steady", "away", regions=("ML-1", "ML-4"))
    sent(publication, "July", {"ML-1": "increased", "ML-4": "decreased"})
    sent(publication, "August", {"ML-1": "decreased"}, without=["away@a.example"])
    subscribe(publication, "new")
    issue = make_issue(publication, ("Letter", []))
    for code in ("ML-1", "ML-4"):
        assess(issue, code)

    seen = {(one.key, one.readers) for one in preflight(draft_of(issue)).editions}
    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)

    stored = {(e.key, e.deliveries.count()) for e in mailing.editions.all()}
    assert {(public_id_of(mailing, key), readers) for key, readers in seen} == stored
    assert len(seen) == 3


def test_versions_that_nobody_was_sent_are_no_past(publication: Publication) -> None:
    subscribe(publication, "awa")
    sent(publication, "August", without=["awa@a.example"])
    issue = make_issue(publication, ("Letter", []))
    assess(issue, "ML-1")

    assert past_of(issue) == ()
    assert tracks_of(draft_of(issue).content, past_of(issue)) == ()
