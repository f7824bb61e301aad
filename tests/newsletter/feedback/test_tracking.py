"""What ESPs report takes effect, once, in whatever order it comes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.feedback.tracking import store_event, track
from newsletter.models import (
    Delivery,
    DeliveryEvent,
    DeliveryOutcome,
    DeliveryState,
    EventKind,
    Mailing,
    MailingState,
    Reason,
    UnknownPolicy,
)
from newsletter.queries import counts_of, events_due
from newsletter.sending.delivering import commit_intent
from newsletter.sending.recording import record
from newsletter.transports.base import Outcome, Result
from newsletter.worker import drain
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    EndedReason,
    Publication,
    Subscription,
    SubscriptionStatus,
    Suppression,
    SuppressionReason,
)
from tests.factories import make_subscription
from tests.newsletter.factories import handed_over, make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.workers import claim

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_goes_out_by_mailgun(settings: Settings) -> None:
    settings.MAIL_TRANSPORT = "mailgun"


HARD, SOFT = DeliveryOutcome.BOUNCED_HARD, DeliveryOutcome.BOUNCED_SOFT
OUTCOMES = {
    EventKind.DEFERRED: DeliveryOutcome.DEFERRED,
    EventKind.BOUNCED: SOFT,
    EventKind.DELIVERED: DeliveryOutcome.DELIVERED,
    EventKind.COMPLAINED: DeliveryOutcome.COMPLAINED,
}
_numbers = itertools.count(1)


def event(
    delivery: Delivery, kind: str, outcome: DeliveryOutcome | None = None, **fields: object
) -> DeliveryEvent:
    """What an ESP reports of `delivery`, not stored yet."""
    kind = EventKind(kind)
    number = next(_numbers)
    return DeliveryEvent(
        **{
            "esp": "Mailgun",
            "event_id": f"event-{number}",
            "kind": kind,
            "outcome": outcome or OUTCOMES.get(kind),
            "delivery_key": delivery.pk,
            "mailbox": delivery.mailbox,
            "message_id": "<1@mailgun>",
            "detail": f"{kind} it was",
            "happened_at": timezone.now(),
            "received_at": timezone.now(),
            "due_at": timezone.now() - timedelta(seconds=1),
            **fields,
        }
    )


def happen(*events: DeliveryEvent) -> None:
    for reported in events:
        store_event(reported)
    while track():
        pass


ACCEPTED, UNKNOWN = DeliveryState.ACCEPTED, DeliveryState.UNKNOWN


def sent(publication: Publication, state: DeliveryState = ACCEPTED, *, readers: int = 1) -> Mailing:
    return handed_over(publication, *(f"r{n}@a.example" for n in range(readers)), state=state)


def tried(
    publication: Publication, answer: Outcome, policy: UnknownPolicy = UnknownPolicy.LEAVE
) -> Mailing:
    """A mailing to one reader, of whom a worker heard `answer`."""
    make_subscription(publication=publication, regions=["ML-1"], address="r0@a.example")
    issue = make_issue(publication, ("Letter", []))
    mailing = scheduling.schedule(issue, at=None, by=None, unknown_policy=policy)
    drain(FakeTransport(lambda copy: answer))
    return mailing


def now_of(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("queued", None),
        ("sent", None),
        ("deferred", DeliveryOutcome.DEFERRED),
        ("bounced", SOFT),
        ("delivered", DeliveryOutcome.DELIVERED),
        ("complained", DeliveryOutcome.COMPLAINED),
    ],
)
def test_what_proves_that_it_was_accepted_ends_a_doubt(
    publication: Publication, kind: str, outcome: DeliveryOutcome | None
) -> None:
    mailing = sent(publication, UNKNOWN)
    delivery = mailing.deliveries.get()

    happen(event(delivery, kind))

    delivery = now_of(delivery)
    assert (delivery.state, delivery.reason) == (DeliveryState.ACCEPTED, "")
    assert (delivery.outcome, delivery.remote_id) == (outcome, "id of r0@a.example")
    assert counts_of(mailing).balanced


def test_a_report_tells_the_id_of_a_mail_whose_answer_was_lost(publication: Publication) -> None:
    delivery = sent(publication, UNKNOWN).deliveries.get()
    Delivery.objects.update(remote_id="")

    happen(event(delivery, "delivered"))

    assert now_of(delivery).remote_id == "<1@mailgun>"


@pytest.mark.parametrize("state", [UNKNOWN, ACCEPTED])
@pytest.mark.parametrize("kind", ["rejected", "failed"])
def test_what_the_esp_refused_after_all_is_refused(
    publication: Publication, state: DeliveryState, kind: str
) -> None:
    mailing = sent(publication, state)
    delivery = mailing.deliveries.get()

    happen(event(delivery, kind))

    delivery = now_of(delivery)
    assert (delivery.state, delivery.reason) == (DeliveryState.REJECTED, Reason.REFUSED)
    assert delivery.outcome is None
    assert counts_of(mailing).balanced


def test_the_reason_of_a_refusal_is_the_words_of_the_esp(publication: Publication) -> None:
    delivery = sent(publication, UNKNOWN).deliveries.get()

    happen(event(delivery, "rejected", detail="on our list of bounces"))

    assert now_of(delivery).detail == "on our list of bounces"


def test_the_id_of_what_was_accepted_outlives_its_refusal(publication: Publication) -> None:
    delivery = sent(publication).deliveries.get()

    happen(event(delivery, "rejected"))

    assert now_of(delivery).remote_id == "id of r0@a.example"


REPORTS: Sequence[tuple[str, DeliveryOutcome | None]] = (
    ("queued", None),
    ("sent", None),
    ("rejected", None),
    ("failed", None),
    ("deferred", DeliveryOutcome.DEFERRED),
    ("bounced", SOFT),
    ("delivered", DeliveryOutcome.DELIVERED),
    ("bounced", HARD),
    ("complained", DeliveryOutcome.COMPLAINED),
    ("unsubscribed", None),
)


def end_of(delivery: Delivery, turns: Iterable[Iterable[int]]) -> tuple[object, ...]:
    """What becomes of an unknown delivery when the REPORTS come in `turns`."""
    DeliveryEvent.objects.all().delete()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.UNKNOWN,
        reason=Reason.NO_ANSWER,
        detail="",
        remote_id="",
        outcome=None,
        outcome_at=None,
    )
    started = timezone.now()
    for turn in turns:
        happen(
            *(
                event(
                    delivery,
                    *REPORTS[number],
                    event_id=f"report-{number}",
                    happened_at=started + timedelta(seconds=number),
                )
                for number in turn
            )
        )
    now = now_of(delivery)
    at = now.outcome_at and now.outcome_at - started
    return now.state, now.reason, now.outcome, at


@given(data=st.data())
@hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_and_however_often_the_end_is_the_same(
    publication: Publication, data: st.DataObject
) -> None:
    mailing = Mailing.objects.first() or sent(publication, UNKNOWN)
    delivery = mailing.deliveries.get()
    numbers = data.draw(st.sets(st.integers(0, len(REPORTS) - 1), min_size=1), label="reports")
    again = data.draw(st.lists(st.sampled_from(sorted(numbers)), max_size=5), label="again")
    shuffled = data.draw(st.permutations([*numbers, *again]), label="order")
    cut = data.draw(st.integers(0, len(shuffled)), label="cut")

    at_once = end_of(delivery, [sorted(numbers)])
    one_by_one = end_of(delivery, [[number] for number in shuffled])
    in_two = end_of(delivery, [shuffled[:cut], shuffled[cut:]])

    assert at_once == one_by_one == in_two
    outcomes = [REPORTS[number][1] for number in numbers]
    assert at_once[2] == max((outcome for outcome in outcomes if outcome), default=None)


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (("queued", "rejected"), DeliveryState.REJECTED),
        (("sent", "failed"), DeliveryState.REJECTED),
        (("rejected", "delivered"), DeliveryState.ACCEPTED),
        (("sent", "rejected", "bounced"), DeliveryState.ACCEPTED),
    ],
)
def test_of_reports_that_contradict_each_other_the_stronger_counts(
    publication: Publication, kinds: Sequence[str], state: DeliveryState
) -> None:
    delivery = sent(publication, UNKNOWN).deliveries.get()

    happen(*(event(delivery, kind) for kind in kinds))

    assert now_of(delivery).state == state


def test_an_outcome_never_goes_down(publication: Publication) -> None:
    mailing = sent(publication)
    mailing.deliveries.update(outcome=HARD, outcome_at=timezone.now())
    delivery = mailing.deliveries.get()

    happen(event(delivery, "delivered"))

    assert now_of(delivery).outcome == HARD


def test_what_comes_ten_times_counts_once(publication: Publication) -> None:
    mailing = sent(publication)
    delivery = mailing.deliveries.get()

    happen(*(event(delivery, "bounced", HARD, event_id="the same") for _ in range(10)))

    assert counts_of(mailing).reported == {HARD: 1}
    assert Suppression.objects.count() == 1


def test_the_first_moment_of_the_highest_outcome_counts(publication: Publication) -> None:
    delivery = sent(publication).deliveries.get()
    first = timezone.now()

    happen(event(delivery, "delivered", happened_at=first + timedelta(hours=1)))
    happen(event(delivery, "delivered", happened_at=first))
    happen(event(delivery, "deferred", happened_at=first - timedelta(hours=1)))

    assert now_of(delivery).outcome_at == first


def test_a_hard_bounce_suppresses_the_mailbox(publication: Publication) -> None:
    delivery = sent(publication).deliveries.get()

    happen(event(delivery, "bounced", HARD, detail="550 5.1.1 unknown"))

    suppression = Suppression.objects.get()
    assert suppression.mailbox == "r0@a.example"
    assert (suppression.reason, suppression.detail) == (
        SuppressionReason.BOUNCED,
        "550 5.1.1 unknown",
    )


def test_a_soft_bounce_suppresses_nobody(publication: Publication) -> None:
    delivery = sent(publication).deliveries.get()

    happen(event(delivery, "bounced", SOFT), event(delivery, "deferred"))

    assert not Suppression.objects.exists()


def test_the_first_reason_of_a_suppression_stays(publication: Publication) -> None:
    delivery = sent(publication).deliveries.get()
    Suppression.objects.create(mailbox="r0@a.example", reason=SuppressionReason.ASKED)

    happen(event(delivery, "bounced", HARD))

    assert Suppression.objects.get().reason == SuppressionReason.ASKED


def test_a_complaint_suppresses_the_mailbox_and_ends_the_subscription(
    publication: Publication,
) -> None:
    delivery = sent(publication).deliveries.get()

    happen(event(delivery, "complained"))

    assert Suppression.objects.get().reason == SuppressionReason.COMPLAINED
    subscription = Subscription.objects.get()
    assert subscription.status == SubscriptionStatus.ENDED
    assert subscription.ended_reason == EndedReason.COMPLAINED


def test_who_unsubscribes_at_the_esp_is_unsubscribed_with_proof(publication: Publication) -> None:
    delivery = sent(publication).deliveries.get()

    happen(event(delivery, "unsubscribed"))

    assert Subscription.objects.get().ended_reason == EndedReason.UNSUBSCRIBED
    assert not Suppression.objects.exists()
    proof = ConsentEvent.objects.get(kind=ConsentKind.ENDED)
    assert (proof.source, proof.wording) == ("mail_service", "")
    assert proof.interests == {"ML-1": "all"}


def test_a_complaint_does_not_end_what_was_ended_before(publication: Publication) -> None:
    delivery = sent(publication).deliveries.get()
    happen(event(delivery, "unsubscribed"))

    happen(event(delivery, "complained"))

    assert Subscription.objects.get().ended_reason == EndedReason.UNSUBSCRIBED
    assert ConsentEvent.objects.filter(kind=ConsentKind.ENDED).count() == 1


@pytest.mark.parametrize("by", ["Postmark", "Amazon SES", "Brevo"])
@pytest.mark.parametrize("key", [True, False])
def test_an_esp_that_the_mail_did_not_go_out_by_has_nothing_to_say_of_it(
    publication: Publication, by: str, key: bool
) -> None:
    delivery = sent(publication).deliveries.get()
    told: dict[str, Any] = {} if key else {"delivery_key": None, "message_id": delivery.remote_id}

    happen(event(delivery, "complained", esp=by, **told))

    assert now_of(delivery).outcome is None
    assert not Suppression.objects.exists()
    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE


def test_an_event_with_the_key_of_another_reader_has_no_effect(publication: Publication) -> None:
    mailing = sent(publication, UNKNOWN, readers=2)
    one, other = mailing.deliveries.order_by("pk")

    happen(event(one, "complained", mailbox=other.mailbox, message_id=other.remote_id))

    assert set(mailing.deliveries.values_list("state", "outcome")) == {("unknown", None)}
    assert not Suppression.objects.exists()
    assert DeliveryEvent.objects.get().delivery is None


def test_without_a_key_the_id_of_the_esp_and_the_address_tell(publication: Publication) -> None:
    mailing = sent(publication, readers=2)
    mailing.deliveries.update(remote_id="the id of the call")
    one, other = mailing.deliveries.order_by("pk")

    happen(event(one, "delivered", delivery_key=None, message_id="the id of the call"))

    assert now_of(one).outcome == DeliveryOutcome.DELIVERED
    assert now_of(other).outcome is None


def test_without_a_key_the_address_alone_tells_nothing(publication: Publication) -> None:
    delivery = sent(publication).deliveries.get()

    happen(event(delivery, "delivered", delivery_key=None, message_id="another id"))
    happen(event(delivery, "delivered", delivery_key=None, message_id=""))

    assert now_of(delivery).outcome is None


def frozen(publication: Publication) -> Delivery:
    make_subscription(publication=publication, regions=["ML-1"], address="r@a.example")
    scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    assert freeze_due(50)
    return Delivery.objects.get()


def test_what_comes_before_the_worker_says_what_it_did_waits_for_it(
    publication: Publication,
) -> None:
    delivery = frozen(publication)
    batch = claim()
    assert batch is not None
    assert commit_intent(batch)
    happen(event(delivery, "delivered"))
    assert now_of(delivery).state == DeliveryState.PLANNED

    record(batch, [Result(delivery.pk, Outcome.ACCEPTED, remote_id="its id")])
    assert not events_due().exists()
    DeliveryEvent.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    track()

    delivery = now_of(delivery)
    assert (delivery.remote_id, delivery.attempts) == ("its id", 1)
    assert delivery.outcome == DeliveryOutcome.DELIVERED


def test_a_second_try_in_the_hands_of_a_worker_waits_for_it_too(
    publication: Publication,
) -> None:
    mailing = tried(publication, Outcome.DEFERRED)
    mailing.batches.update(due_at=timezone.now() - timedelta(seconds=1))
    batch = claim()
    assert batch is not None
    assert commit_intent(batch)
    delivery = mailing.deliveries.get()

    happen(event(delivery, "delivered"))

    assert now_of(delivery).state == DeliveryState.PLANNED


def test_what_no_worker_ever_had_is_sent_whatever_is_reported(publication: Publication) -> None:
    delivery = frozen(publication)

    happen(event(delivery, "delivered"))
    transport = FakeTransport()
    drain(transport)

    assert transport.addresses == ["r@a.example"]


def test_what_is_to_be_sent_again_and_arrived_is_not_sent_again(publication: Publication) -> None:
    mailing = tried(publication, Outcome.DEFERRED)
    delivery = mailing.deliveries.get()
    assert delivery.state == DeliveryState.PLANNED

    happen(event(delivery, "delivered"))
    mailing.batches.update(due_at=timezone.now() - timedelta(seconds=1))
    transport = FakeTransport()
    drain(transport)

    assert transport.addresses == []
    mailing.refresh_from_db()
    assert mailing.state == MailingState.FINISHED


def test_evidence_at_hand_counts_before_the_policy_does(publication: Publication) -> None:
    mailing = tried(publication, Outcome.UNKNOWN, UnknownPolicy.RESEND_ONCE)
    mailing.deliveries.update(settled_at=timezone.now() - timedelta(minutes=31))
    store_event(event(mailing.deliveries.get(), "delivered"))
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    delivery = mailing.deliveries.get()
    assert (delivery.state, delivery.resends) == (DeliveryState.ACCEPTED, 0)


def test_what_is_nobodys_is_looked_at_less_and_less_and_then_no_more(
    publication: Publication,
) -> None:
    delivery = sent(publication).deliveries.get()
    store_event(event(delivery, "delivered", delivery_key=delivery.pk + 1))
    waits = []

    for hours in (0, 0.5, 47, 49):
        now = timezone.now()
        DeliveryEvent.objects.update(
            received_at=now - timedelta(hours=hours), due_at=now - timedelta(seconds=1)
        )
        track()
        due_at = DeliveryEvent.objects.get().due_at
        waits.append(due_at and round((due_at - now).total_seconds() / 5) * 5)

    assert waits == [5, 300, 3600, None]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time.")
@pytest.mark.parametrize("kinds", [("delivered", "deferred"), ("deferred", "delivered")])
def test_two_workers_with_an_event_each_of_one_delivery_agree(
    publication: Publication, kinds: tuple[str, str]
) -> None:
    delivery = sent(publication).deliveries.get()
    first, second = (event(delivery, kind) for kind in kinds)
    store_event(first)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            track()
            other = pool.submit(happen_elsewhere, second)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.5)
        other.result(timeout=10)

    assert now_of(delivery).outcome == DeliveryOutcome.DELIVERED
    assert delivery.events.count() == 2


def happen_elsewhere(reported: DeliveryEvent) -> None:
    try:
        happen(reported)
    finally:
        connection.close()


def test_a_hundred_events_take_as_many_queries_as_ten(publication: Publication) -> None:
    deliveries = list(sent(publication, readers=110).deliveries.all())

    few = queries_for(deliveries[:10])
    many = queries_for(deliveries[10:])

    assert many == few <= 20
    assert Delivery.objects.filter(outcome=DeliveryOutcome.DELIVERED).count() == 110 - 6
    assert Suppression.objects.count() == 6
    assert DeliveryEvent.objects.filter(delivery=F("delivery_key")).count() == 110


def queries_for(deliveries: Sequence[Delivery]) -> int:
    """How many queries it takes when these are delivered, but for the first three."""
    returned = [event(delivery, "bounced", HARD) for delivery in deliveries[:2]]
    disliked = [event(delivery, "complained") for delivery in deliveries[2:3]]
    arrived = [event(delivery, "delivered") for delivery in deliveries[3:]]
    DeliveryEvent.objects.bulk_create([*returned, *disliked, *arrived])
    with CaptureQueriesContext(connection) as queries:
        track()
    assert not events_due().exists()
    return len(queries)
