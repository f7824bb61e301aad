"""Transitions of mailings: the only way in which their states change. Each is history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction as database
from django.db.models import QuerySet

from newsletter.ledger import history
from newsletter.ledger.history import Actor
from newsletter.ledger.rules import Rule
from newsletter.models import HistoryEntry, Mailing, MailingTransition, Trouble
from newsletter.models import MailingState as State
from newsletter.models.clock import Now

ALLOWED_TRANSITIONS: Mapping[MailingTransition, Rule[State]] = {
    MailingTransition.SCHEDULE: Rule((), State.SCHEDULED),
    MailingTransition.MISS: Rule((State.SCHEDULED,), State.OVERDUE),
    MailingTransition.START_LATE: Rule((State.OVERDUE,), State.SCHEDULED),
    MailingTransition.HOLD: Rule((State.SCHEDULED,), State.HELD),
    MailingTransition.FREEZE: Rule((State.HELD, State.FREEZING), State.FREEZING),
    MailingTransition.START: Rule((State.FREEZING,), State.SENDING),
    # What is paused, or late, is frozen to its end all the same.
    MailingTransition.FAIL_CHECK: Rule(
        (State.FREEZING, State.SENDING, State.PAUSED, State.OVERDUE), State.CHECK_FAILED
    ),
    MailingTransition.PAUSE: Rule((State.SENDING,), State.PAUSED),
    MailingTransition.STOP: Rule((State.SENDING,), State.PAUSED),
    MailingTransition.RESUME: Rule((State.PAUSED,), State.SENDING),
    MailingTransition.HINDER: Rule((State.SENDING,), State.SENDING),
    MailingTransition.RECOVER: Rule((State.SENDING,), State.SENDING),
    MailingTransition.RUN_OUT: Rule((State.SENDING,), State.OVERDUE),
    MailingTransition.EXTEND: Rule((State.SENDING, State.OVERDUE, State.PAUSED), State.SENDING),
    MailingTransition.LEAVE_OUT: Rule((State.OVERDUE, State.PAUSED), State.SENDING),
    MailingTransition.RESEND: Rule((State.SENDING,), State.SENDING),
    MailingTransition.FINISH: Rule((State.SENDING,), State.FINISHED),
    MailingTransition.REOPEN: Rule((State.FINISHED,), State.SENDING),
    MailingTransition.WAIT: Rule((State.FINISHED,), State.FINISHED),
    MailingTransition.CANCEL: Rule(
        (
            State.SCHEDULED,
            State.OVERDUE,
            State.HELD,
            State.FREEZING,
            State.CHECK_FAILED,
            State.SENDING,
            State.PAUSED,
        ),
        State.CANCELLED,
    ),
}


def may(mailing: Mailing, name: MailingTransition) -> bool:
    """Whether `name` may happen to `mailing` in the state that it was read in."""
    return mailing.state in ALLOWED_TRANSITIONS[name].sources


def create(mailing: Mailing, by: Actor) -> None:
    """Store `mailing` as scheduled, which it begins with."""
    with database.atomic():
        mailing.state = ALLOWED_TRANSITIONS[MailingTransition.SCHEDULE].target
        mailing.save(force_insert=True)
        _remember({mailing.pk: ""}, MailingTransition.SCHEDULE, by, "", {})


def transition(
    mailings: QuerySet[Mailing],
    name: MailingTransition,
    *,
    by: Actor,
    why: Trouble | None = None,
    about: Mapping[str, Any] | None = None,
    **columns: Any,
) -> int:
    """Let `name` happen to those of `mailings` that it may happen to; to how many it did.

    Of two callers, one wins. `why` is the trouble that they are in from then on, none if it is
    None; `about` are its parameters, or those of the transition, as JSON can hold them.
    `columns` are written beside.
    """
    rule = ALLOWED_TRANSITIONS[name]
    allowed = mailings.filter(state__in=rule.sources).order_by("pk")
    with database.atomic(savepoint=False):
        locked = allowed.select_for_update(no_key=True, of=("self",))
        before: dict[int, str] = dict(locked.values_list("pk", "state"))
        if before:
            trouble, parameters = why or "", dict(about or {})
            Mailing.objects.filter(pk__in=before, state__in=rule.sources).update(
                state=rule.target,
                trouble=trouble,
                trouble_about=parameters if trouble else {},
                **columns,
            )
            _remember(before, name, by, trouble, parameters)
    return len(before)


def hinder(mailings: QuerySet[Mailing], why: Trouble, about: Mapping[str, Any]) -> None:
    """Say of `mailings` that something is in their way, unless that is known already."""
    unaware = mailings.exclude(trouble=why)
    transition(unaware, MailingTransition.HINDER, by=history.this_worker(), why=why, about=about)


def note_reached(mailings: Iterable[int] | QuerySet[Any]) -> None:
    """Somebody has, or may have, an email of `mailings` (ids) from now on."""
    Mailing.objects.filter(pk__in=mailings, reached_at=None).update(reached_at=Now())


def _remember(
    before: Mapping[int, str],
    name: MailingTransition,
    by: Actor,
    why: str,
    about: Mapping[str, Any],
) -> None:
    after = ALLOWED_TRANSITIONS[name].target
    entries = [
        HistoryEntry(
            mailing_id=pk,
            transition=name,
            before=state,
            after=after,
            at=Now(),
            why=why,
            about=dict(about),
        )
        for pk, state in before.items()
    ]
    history.write(entries, by)
