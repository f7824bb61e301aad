"""A mailing in numbers and words, as its page and the polling of its page show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.db.models.functions import Length
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from newsletter.editions.content import IssueContent, content_hash
from newsletter.models import DeliveryState, Edition, Mailing, MailingState, Reason
from newsletter.models.mailings import MAILING_MOVES
from newsletter.queries import Counts, RegionCounts, counts_by_region, counts_of
from newsletter.rendering.words import number
from newsletter.services.versioning import content_of
from subscribers.regions import RegionTree

#: What can have become of a mail that was planned, in the order of its page.
OUTCOMES = (
    DeliveryState.ACCEPTED,
    DeliveryState.REJECTED,
    DeliveryState.FAILED,
    DeliveryState.SKIPPED,
    DeliveryState.UNKNOWN,
    DeliveryState.PLANNED,
)
OVER = (MailingState.FINISHED, MailingState.CANCELLED)


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
    regions: Sequence[RegionCounts]

    @property
    def is_over(self) -> bool:
        return self.mailing.state in OVER

    @property
    def settled(self) -> int:
        return self.counts.planned - self.counts.pending

    @property
    def excluded(self) -> Line:
        return self._line(DeliveryState.EXCLUDED)

    @property
    def outcomes(self) -> Sequence[Line]:
        return [self._line(state) for state in OUTCOMES]

    @property
    def unknown(self) -> int:
        return self.counts.of(DeliveryState.UNKNOWN)

    @property
    def summary(self) -> str:
        """One sentence, read out by a screen reader whenever it changes."""
        state = self.mailing.get_state_display()
        if self.mailing.frozen_at is None:
            return _("This mailing is %(state)s.") % {"state": state}
        return _("This mailing is %(state)s: %(settled)s of %(planned)s mails are done.") % {
            "state": state,
            "settled": number(self.settled),
            "planned": number(self.counts.planned),
        }

    def _line(self, state: DeliveryState) -> Line:
        reasons = [
            Line(reason, str(Reason(reason).label), total)
            for (of_state, reason), total in sorted(self.counts.by_reason.items())
            if of_state == state
        ]
        return Line(state.value, str(state.label), self.counts.of(state), reasons)


def progress_of(mailing: Mailing) -> Progress:
    """Where `mailing` stands now, in two queries whatever its size."""
    return Progress(mailing, counts_of(mailing), counts_by_region(mailing))


def moves_of(mailing: Mailing) -> dict[str, bool]:
    """What an editor may do with `mailing` in the state it is in."""
    state = MailingState(mailing.state)
    return {
        "pause": state in MAILING_MOVES[MailingState.PAUSED],
        "resume": state == MailingState.PAUSED,
        "cancel": state in MAILING_MOVES[MailingState.CANCELLED],
    }


def draft_has_changed(mailing: Mailing) -> bool:
    """Whether the issue reads otherwise by now than the version that `mailing` sends."""
    draft = content_of(mailing.issue, RegionTree.load()).to_json()
    return content_hash(draft) != mailing.version.content_hash


@dataclass(frozen=True)
class EditionLine:
    """One edition with what can be said of it in a line."""

    edition: Edition
    readers: int
    #: Bytes of its HTML, near enough.
    size: int
    #: Names of the regions it gives a trend for.
    regions: Sequence[str]


def editions_of(mailing: Mailing) -> list[EditionLine]:
    """The editions of `mailing`, those with most readers first, without their text."""
    readers = _readers_by_edition(mailing)
    names = IssueContent.from_json(mailing.version.content).regions
    language = get_language() or "en"
    editions = mailing.editions.defer("html", "text").annotate(size=Length("html"))
    lines = [
        EditionLine(
            edition=edition,
            readers=readers.get(edition.pk, 0),
            size=edition.size,
            regions=[names[code].in_language(language[:2]) for code in edition.regions],
        )
        for edition in editions
    ]
    return sorted(lines, key=lambda line: line.readers, reverse=True)


def _readers_by_edition(mailing: Mailing) -> dict[int, int]:
    planned = mailing.deliveries.filter(edition__isnull=False).order_by()
    return dict(planned.values_list("edition").annotate(number=Count("pk")))
