"""An audience, gone through piece by piece: who would get which edition, and what is in it.

The one place where a draft is composed and leak-checked ahead of its freeze. A piece is small
enough to be held whole; which readers it is of follows from the ids of their interest sets, so
that whoever comes after can go on where somebody stopped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from newsletter.audience.assigning import Interest, compose_for, why_not
from newsletter.audience.builder import Standing, audience_of, passed_over
from newsletter.audience.segments import SegmentRule
from newsletter.audience.verdicts import Verdict
from newsletter.audience.verification import LeakChecker
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editorial.drafts import DraftSnapshot
from newsletter.editorial.findings import Finding, Findings
from newsletter.models import Reason
from newsletter.sending.outgoing import why_unwritable
from subscribers.channels import NoSuchChannel
from subscribers.models import InterestSet, Subscription

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

#: What tells the interests of readers apart, in the order of :class:`Interest`.
_INTEREST = ("interest_set", "language", "mail_format", "history", "only_on_change")
#: Those of them that stand on the subscription itself.
_CHOICE = tuple(name for name in _INTEREST if name != "history")


@dataclass(frozen=True)
class Piece:
    """What became of the readers of some interest sets."""

    #: The last of these sets; None if none comes after.
    end: int | None
    #: How many distinct interests were looked at.
    interests: int


class Pieces:
    """Goes through all who would get a draft, or who in a segment would."""

    def __init__(
        self, draft: DraftSnapshot, rule: SegmentRule | None, composer: Composer | None = None
    ) -> None:
        """With a `composer` of its own, where that of the draft knows more than is needed."""
        self._draft = draft
        self._composer = composer or draft.composer
        self._rule = rule
        self._regional = {part.id for part in draft.content.sections if part.regions}

    @cached_property
    def _audience(self) -> QuerySet[WithAnnotations[Subscription, Standing]]:
        draft = self._draft
        return audience_of(draft.issue, self._composer, self._rule, draft.correction)

    @cached_property
    def _checker(self) -> LeakChecker:
        return LeakChecker(self._composer)

    def count(self) -> tuple[int, int]:
        """How many readers there are now, and how many distinct interests they have.

        Both as far as is known without composing, and without looking up what each was sent.
        """
        alike = self._audience.filter(reason="").values(*_CHOICE).annotate(number=Count("pk"))
        counted = alike.aggregate(readers=Coalesce(Sum("number"), 0), interests=Count("*"))
        return counted["readers"], counted["interests"]

    def look_at(self, found: Findings, *, after: int = 0, sets: int | None = None) -> Piece:
        """Add to `found` what comes after the interest set `after`: that many `sets`, or all."""
        end = _last_of(after, sets) if sets else None
        among = self._audience.filter(interest_set__gt=after)
        interested, left_out = _counted(among.filter(interest_set__lte=end) if end else among)
        found.left_out.update(left_out)
        if after == 0:
            found.left_out.update(passed_over(self._draft.issue, self._composer))
        self._look_at(interested, found)
        return Piece(end, len(interested))

    def look_at_one(self, found: Findings, interest: Interest) -> None:
        """Add to `found` what those readers get who share `interest`."""
        alike = self._audience.filter(**dict(zip(_INTEREST, interest, strict=True)))
        interested, _left_out = _counted(alike)
        self._look_at(interested, found)

    def _look_at(self, interested: Mapping[Interest, int], found: Findings) -> None:
        composed = self._composed(interested, found)
        self._checker.look_up(composed)
        for edition, interests in _by_edition(composed):
            readers = {interest: interested[interest] for interest in interests}
            verdict = self._checker.verdict(edition, readers)
            found.add(edition, readers, *_judged(verdict), self._regional)
        self._try_to_write(composed.values(), found)

    def _composed(
        self, interested: Mapping[Interest, int], found: Findings
    ) -> dict[Interest, ComposedEdition]:
        """The edition of each interest; readers who get none all the same are counted."""
        issue, composed = self._draft.issue, compose_for(interested.keys(), self._composer)
        for interest, readers in interested.items():
            edition = composed.get(interest)
            reason = why_not(interest, edition.order, issue) if edition else Reason.OTHER_KIND
            if reason:
                found.left_out[reason] += readers
                composed.pop(interest, None)
        return composed

    def _try_to_write(self, editions: Iterable[ComposedEdition], found: Findings) -> None:
        # That there is no channel is said without looking at editions.
        with suppress(NoSuchChannel):
            subjects = {edition.subject for edition in editions}
            if words := why_unwritable(self._draft.issue, subjects):
                found.faults.add(Finding.unwritable(words))


def _last_of(after: int, sets: int) -> int | None:
    """The last of that many interest sets after the one `after`; None if there are no more."""
    coming = InterestSet.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    return coming[sets - 1 : sets].first()


def _counted(
    audience: QuerySet[WithAnnotations[Subscription, Standing]],
) -> tuple[dict[Interest, int], Counter[Reason]]:
    """How many readers of `audience` share each interest, and how many get nothing, by reason."""
    interested: dict[Interest, int] = {}
    left_out: Counter[Reason] = Counter()
    rows = audience.values_list("reason", *_INTEREST).annotate(number=Count("pk"))
    for reason, *interest, number in rows:
        if reason:
            left_out[Reason(reason)] += number
        else:
            interested[Interest(*interest)] = number
    return interested, left_out


def _by_edition(
    composed: Mapping[Interest, ComposedEdition],
) -> Iterator[tuple[ComposedEdition, list[Interest]]]:
    by_key: dict[str, list[Interest]] = defaultdict(list)
    for interest, edition in composed.items():
        by_key[edition.key].append(interest)
    for interests in by_key.values():
        yield composed[interests[0]], interests


def _judged(verdict: Verdict) -> tuple[list[Finding], list[Finding]]:
    """What stands against sending an edition, and what is in doubt about it."""
    faults = [Finding.flaw(remark) for remark in verdict.faults]
    if not verdict.is_one_for_all or verdict.found != verdict.allowed:
        faults.insert(0, Finding.leak(verdict))
    return faults, [Finding.flaw(remark) for remark in verdict.remarks if not remark.is_fault]
