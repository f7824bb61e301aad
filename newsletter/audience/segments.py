"""Who is in a segment: a typed rule, kept with the mailing that goes by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from newsletter.models import Mailing, Segment
from subscribers.models import ChosenRegion, Publication, Subscription, SubscriptionStatus
from subscribers.regions import RegionTree


@dataclass(frozen=True, kw_only=True)
class SegmentRule:
    """What its readers have in common; what is empty narrows nothing."""

    name: str
    #: Codes.
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    joined_from: date | None = None
    joined_until: date | None = None

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self)
        return {
            **plain,
            "joined_from": self.joined_from and self.joined_from.isoformat(),
            "joined_until": self.joined_until and self.joined_until.isoformat(),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> SegmentRule:
        return cls(
            name=plain["name"],
            regions=tuple(plain["regions"]),
            languages=tuple(plain["languages"]),
            joined_from=_day(plain["joined_from"]),
            joined_until=_day(plain["joined_until"]),
        )


def rule_of(segment: Segment) -> SegmentRule:
    """The rule of `segment` as it stands now."""
    return SegmentRule(
        name=segment.name,
        regions=tuple(sorted(segment.regions.values_list("code", flat=True))),
        languages=tuple(segment.languages),
        joined_from=segment.joined_from,
        joined_until=segment.joined_until,
    )


def rule_of_mailing(mailing: Mailing) -> SegmentRule | None:
    """The rule that `mailing` goes by, as it was when it was scheduled; None if it is for all."""
    return SegmentRule.from_json(mailing.segment_rule) if mailing.segment_rule else None


def is_in(rule: SegmentRule, publication: Publication) -> Q:
    """The condition that a subscription to `publication` is in the segment of `rule`."""
    condition = Q()
    if rule.regions:
        condition &= Q(interest_set__in=_concerned(rule.regions))
    if rule.languages:
        condition &= Q(language__in=rule.languages)
    if rule.joined_from:
        condition &= Q(confirmed_at__gte=_begin_of(rule.joined_from, publication))
    if rule.joined_until:
        next_day = rule.joined_until + timedelta(days=1)
        condition &= Q(confirmed_at__lt=_begin_of(next_day, publication))
    return condition


def count(segment: Segment) -> int:
    """Count who is in `segment` now, and keep that with it."""
    active = Subscription.objects.filter(
        is_in(rule_of(segment), segment.publication),
        publication=segment.publication,
        status=SubscriptionStatus.ACTIVE,
    )
    segment.size, segment.counted_at = active.count(), timezone.now()
    segment.save(update_fields=("size", "counted_at"))
    return segment.size


def _concerned(codes: Collection[str]) -> Any:
    """The interest sets with a region that lies in one of `codes`, or holds it."""
    chosen = ChosenRegion.objects.order_by()
    known = set(chosen.values_list("region__code", flat=True).distinct())
    tree = RegionTree.around(known.union(codes))
    related = [one for one in known if any(tree.relation(one, code) for code in codes)]
    return chosen.filter(region__code__in=related).values("interest_set")


def _begin_of(day: date, publication: Publication) -> datetime:
    return datetime.combine(day, time(), tzinfo=publication.zone)


def _day(plain: str | None) -> date | None:
    return date.fromisoformat(plain) if plain else None
