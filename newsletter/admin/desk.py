"""A mailing in numbers and words, as its page and the polling of its page show it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from newsletter.audience.verification import why_it_fails
from newsletter.editions.numbering import Numbering
from newsletter.editions.recipes import assembled_each
from newsletter.editions.stored import from_json
from newsletter.editorial.drafts import draft_of, draft_of_correction
from newsletter.ledger.recounting import MOST_EDITIONS
from newsletter.ledger.wording import trouble_in_words
from newsletter.models import (
    BatchState,
    DeliveryOutcome,
    DeliveryState,
    Edition,
    Lane,
    Mailing,
    MailingState,
    Reason,
    RegionTally,
    Trouble,
    UnknownPolicy,
)
from newsletter.queries import (
    Counts,
    copies_on_the_wire,
    counts_by_region,
    counts_of,
)
from newsletter.rendering.weight import size_of_runs
from newsletter.rendering.words import number
from newsletter.sending.deadlines import WAITING, time_ran_out, unsent_of
from subscribers.channels import MAIN, channels
from subscribers.collation import in_order
from subscribers.services.kill_switch import switch
from subscribers.time_zones import place_of

#: What can have become of a mail that was planned, in the order of its page.
OUTCOMES = (
    DeliveryState.ACCEPTED,
    DeliveryState.REJECTED,
    DeliveryState.FAILED,
    DeliveryState.SKIPPED,
    DeliveryState.UNKNOWN,
    DeliveryState.PLANNED,
)
#: What can be reported of a mail that was accepted, the best first.
REPORTS = (
    DeliveryOutcome.DELIVERED,
    DeliveryOutcome.DEFERRED,
    DeliveryOutcome.BOUNCED_SOFT,
    DeliveryOutcome.BOUNCED_HARD,
    DeliveryOutcome.COMPLAINED,
)
OVER = (MailingState.FINISHED, MailingState.CANCELLED)
#: Seconds for which it is believed that a draft reads as it did.
BELIEVED_FOR = 20
#: States in which a person may have unknown emails resent.
MAY_SEND_AGAIN = (MailingState.SENDING, MailingState.FINISHED)


@dataclass(frozen=True)
class Line:
    """A number and what it counts, in the words of `label`."""

    key: str
    label: str
    number: int
    reasons: Sequence[Line] = ()


@dataclass(frozen=True)
class Progress:
    """How far a mailing is: every number that has to add up."""

    mailing: Mailing
    counts: Counts
    regions: Sequence[RegionTally]
    #: Why nothing leaves although it is not over.
    hindrance: str

    @property
    def trouble(self) -> str:
        return trouble_in_words(self.mailing)

    @property
    def failures(self) -> Sequence[str]:
        """Why it was stopped, a sentence each; empty if its leak check passed."""
        return why_it_fails(self.mailing) if self.mailing.trouble == Trouble.LEAK_CHECK else []

    @property
    def is_over(self) -> bool:
        return self.mailing.state in OVER

    @property
    def subscribed(self) -> int:
        """All who ever subscribed, those included whom it passed over."""
        return self.counts.audience_size + self.passed_over

    @property
    def passed_over(self) -> int:
        """Those of them who have no delivery."""
        return sum(self.counts.passed_over.values())

    @property
    def settled(self) -> int:
        return self.counts.planned - self.counts.pending

    @property
    def owed(self) -> int:
        """Emails in all, as far as that is known: those still to be worked out count as planned."""
        return self.counts.planned + self.counts.left_to_freeze

    @property
    def is_being_frozen(self) -> bool:
        """Whether it is being worked out who gets what, while mail of others leaves already."""
        stopped = (MailingState.CHECK_FAILED, MailingState.CANCELLED)
        return self.counts.left_to_freeze > 0 and self.mailing.state not in stopped

    @property
    def excluded(self) -> Line:
        """All who get nothing, with their reasons."""
        number = self.counts.of(DeliveryState.EXCLUDED) + self.passed_over
        state = DeliveryState.EXCLUDED
        return Line(state.value, str(state.label), number, _reasons(self.counts.excluded))

    @property
    def outcomes(self) -> Sequence[Line]:
        return [self._line(state) for state in OUTCOMES]

    @property
    def accepted(self) -> int:
        return self.counts.of(DeliveryState.ACCEPTED)

    @property
    def reports(self) -> Sequence[Line]:
        """What became of the accepted emails; they add up to them. Empty if nothing is reported."""
        if not self.counts.reported:
            return []
        reported = self.counts.reported
        unheard = self.accepted - sum(reported.values())
        return [
            *(
                Line(one.name.lower(), str(one.label), reported.get(one.value, 0))
                for one in REPORTS
            ),
            Line("unheard", _("nothing reported so far"), unheard),
        ]

    @property
    def unknown(self) -> int:
        return self.counts.of(DeliveryState.UNKNOWN)

    @property
    def unresolved(self) -> int:
        """Those of the unknown that were not sent again yet."""
        return self.unknown - self.counts.resent.get(DeliveryState.UNKNOWN, 0)

    @property
    def can_send_again(self) -> bool:
        """Whether a person may have what is unresolved resent now."""
        may = self.mailing.state in MAY_SEND_AGAIN and not self.is_too_late
        return may and self.unresolved > 0

    @property
    def is_too_late(self) -> bool:
        return self.mailing.not_after <= timezone.now()

    @property
    def sends_again_by_itself(self) -> bool:
        stopped = self.mailing.state not in (MailingState.SENDING, MailingState.PAUSED)
        return self.mailing.unknown_policy == UnknownPolicy.RESEND_ONCE and not stopped

    @property
    def sent_again(self) -> Line:
        now = [
            Line(state, str(DeliveryState(state).label), total)
            for state, total in sorted(self.counts.resent.items())
        ]
        return Line("resent", _("Resent"), sum(self.counts.resent.values()), now)

    @property
    def countdown(self) -> str:
        """How long a mailing that is due can still be undone; empty if it cannot."""
        if self.mailing.state != MailingState.HELD or self.mailing.release_at is None:
            return ""
        left = math.ceil((self.mailing.release_at - timezone.now()).total_seconds())
        if left <= 0:
            return self._what_it_waits_for()
        text = ngettext(
            "It goes out in %(number)s second.", "It goes out in %(number)s seconds.", left
        )
        return text % {"number": number(left)}

    def _what_it_waits_for(self) -> str:
        if Mailing.objects.filter(copies_on_the_wire(), pk=self.mailing.pk).exists():
            return _("It waits for emails of the previous mailing that are still on their way.")
        return _("It goes out any moment now.")

    @property
    def summary(self) -> str:
        """One sentence, read out by a screen reader whenever it changes."""
        state = capfirst(self.mailing.get_state_display())
        if self.mailing.frozen_at is None:
            return f"{state}."
        return _("%(state)s: %(settled)s of %(planned)s emails done.") % {
            "state": state,
            "settled": number(self.settled),
            "planned": number(self.counts.planned),
        }

    def _line(self, state: DeliveryState) -> Line:
        by_reason = self.counts.by_reason.items()
        reasons = {reason: total for (of_state, reason), total in by_reason if of_state == state}
        return Line(state.value, str(state.label), self.counts.of(state), _reasons(reasons))


def _reasons(numbers: Mapping[str, int]) -> list[Line]:
    return [
        Line(reason, str(Reason(reason).label), total) for reason, total in sorted(numbers.items())
    ]


def progress_of(mailing: Mailing) -> Progress:
    """Where `mailing` stands now, in a few queries whatever its size."""
    return Progress(
        mailing=mailing,
        counts=counts_of(mailing),
        regions=counts_by_region(mailing),
        hindrance=_hindrance(mailing),
    )


def _hindrance(mailing: Mailing) -> str:
    if mailing.state in WAITING and (unsent := unsent_of(mailing)):
        return time_ran_out(unsent)
    if mailing.state != MailingState.SENDING:
        return ""
    if switch().is_on:
        return _("Nothing is sent: the kill switch is on.")
    waiting = mailing.batches.filter(state=BatchState.PENDING)
    in_use = Lane.objects.filter(name__in=waiting.values("channel"))
    closed = in_use.filter(closed_until__gt=timezone.now()).first()
    if closed is None:
        return ""
    zone = mailing.issue.publication.zone
    return _("The mail service does not answer; next try at %(time)s (%(zone)s).") % {
        "time": date_format(timezone.localtime(closed.closed_until, zone), "H:i:s"),
        "zone": place_of(zone.key),
    }


def channel_of(mailing: Mailing) -> str:
    """The channel by which `mailing` leaves; empty where there is no other."""
    chosen: str = mailing.issue.publication.channel
    if len(channels()) == 1 and chosen == MAIN:
        return ""
    return mailing.batches.values_list("channel", flat=True).first() or chosen


def draft_has_changed(mailing: Mailing) -> bool:
    """Whether the issue, or correction, reads otherwise by now than what `mailing` sends.

    Once it is over, nobody has to know at every look; until then all of the draft is read, but
    not for each look within seconds, unless somebody saved the issue.
    """
    if mailing.state in OVER:
        return False
    key = f"draft-of-{mailing.pk}-{mailing.issue.updated_at.timestamp()}"
    return bool(cache.get_or_set(key, partial(_draft_reads_otherwise, mailing), BELIEVED_FOR))


def _draft_reads_otherwise(mailing: Mailing) -> bool:
    correction = mailing.correction
    draft = draft_of_correction(correction) if correction else draft_of(mailing.issue)
    return draft.content_hash != mailing.version.content_hash


@dataclass(frozen=True)
class EditionLine:
    """One edition with what can be said of it in a line."""

    edition: Edition
    subject: str
    readers: int
    #: How many of the sections it holds; of a correction, of all that is corrected.
    parts: int
    #: Bytes of its HTML, near enough.
    size: int
    #: Names of the regions it gives a trend for.
    regions: Sequence[str]


def editions_of(mailing: Mailing) -> list[EditionLine]:
    """The editions of `mailing` with most readers, those first."""
    content = from_json(mailing.version.content)
    numbers, language = Numbering(content), get_language() or "en"
    stored = mailing.editions.select_related("leak_check").filter(readers__isnull=False)
    editions = list(stored.order_by("-readers", "pk")[:MOST_EDITIONS])
    whole = assembled_each(editions)
    lines = []
    for edition in editions:
        parts = numbers.parts_in(edition.held)
        regions = [part for part in parts if isinstance(part, str)]
        lines.append(
            EditionLine(
                edition=edition,
                subject=whole[edition.pk].subject,
                readers=edition.readers or 0,
                parts=len(parts) if mailing.is_correction else len(parts) - len(regions),
                size=size_of_runs(whole[edition.pk].html_runs),
                regions=in_order(content.regions[code].in_language(language) for code in regions),
            )
        )
    return lines


def number_of_parts(mailing: Mailing) -> int:
    """How many sections `mailing` has in all, or how many parts it corrects."""
    content = mailing.version.content
    return len(content.get("corrections") or content.get("sections") or ())
