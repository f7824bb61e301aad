"""Who was sent what a correction corrects: found in the ledger, by the recipes of its editions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db.models import CharField, Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from newsletter.editions.content import IssueContent
from newsletter.editions.numbering import Numbering
from newsletter.editions.selection import PartKey
from newsletter.editions.stored import content_hash, from_json
from newsletter.models import Delivery, DeliveryState, Edition, Issue, MailingKind, Version
from newsletter.queries import may_be_theirs

#: Which parts an edition holds, and of which version.
_HELD = ("pk", "mailing__version", "held")


def wrong_parts(version: Version, correction: IssueContent) -> frozenset[PartKey]:
    """Those that `correction` corrects and that `version` has, in the words that were wrong."""
    return _alike(version, _said(correction))


def hashes_of_parts(content: IssueContent) -> dict[PartKey, str]:
    """What each section and assessment of `content` says, hashed."""
    sections = {section.id: content_hash(section) for section in content.sections}
    return sections | {one.region: content_hash(one) for one in content.assessments}


def wrong_editions(issue: Issue, correction: IssueContent) -> QuerySet[Edition]:
    """All editions of `issue` that hold something of what `correction` corrects."""
    held = Q(pk__in=[])
    for version, parts in _by_version(issue, _said(correction)).items():
        held |= Q(Numbering.of(version).holds_one_of(parts), mailing__version=version)
    editions = Edition.objects.filter(held, mailing__in=_mailings(issue))
    return editions.order_by()


def parts_sent(issue: Issue, correction: IssueContent) -> dict[str, frozenset[PartKey]]:
    """The parts that `correction` corrects in each edition of `issue`, by its id as text.

    It is what the history of a reader of the correction names: the edition that they were sent.
    """
    wrong = _by_version(issue, _said(correction))
    numbers = {version.pk: Numbering.of(version) for version in wrong}
    parts = {version.pk: of_it for version, of_it in wrong.items()}
    return {
        str(pk): parts[version].intersection(numbers[version].parts_in(held))
        for pk, version, held in wrong_editions(issue, correction).values_list(*_HELD)
    }


def got_it_wrong(issue: Issue, correction: IssueContent) -> QuerySet[Delivery]:
    """The emails of `issue` that held what `correction` corrects, and that were, or may have
    been, accepted."""
    return Delivery.objects.filter(
        may_be_theirs(),
        mailing__in=_mailings(issue),
        edition__in=wrong_editions(issue, correction).values("pk"),
    ).order_by()


def readers_by_part(version: Version) -> Counter[PartKey]:
    """How many accepted emails held each part of `version`, in the words that it has there."""
    said = hashes_of_parts(from_json(version.content))
    alike = _by_version(version.issue, said)
    accepted = Delivery.objects.filter(
        mailing__in=_mailings(version.issue), state=DeliveryState.ACCEPTED
    )
    readers = dict(accepted.order_by().values_list("edition").annotate(number=Count("pk")))
    numbers = {of_version.pk: Numbering.of(of_version) for of_version in alike}
    parts = {of_version.pk: of_it for of_version, of_it in alike.items()}
    editions = Edition.objects.filter(pk__in=accepted.order_by().values("edition"))
    found: Counter[PartKey] = Counter()
    for pk, of_version, held in editions.order_by().values_list(*_HELD):
        if of_version in parts:
            for part in parts[of_version].intersection(numbers[of_version].parts_in(held)):
                found[part] += readers[pk]
    return found


def edition_sent(issue: Issue, correction: IssueContent) -> Combinable:
    """Of a row with a subscriber, the id of the edition that they were sent, as text.

    The history of a reader of a correction; empty where it is not known that they were.
    """
    accepted = got_it_wrong(issue, correction).filter(
        subscriber=OuterRef("subscriber"), state=DeliveryState.ACCEPTED
    )
    last = accepted.order_by("-pk").values(sent=Cast("edition_id", CharField()))[:1]
    return Coalesce(Subquery(last), Value("", output_field=CharField()))


def _said(correction: IssueContent) -> dict[PartKey, str]:
    return {one.part: one.said for one in correction.corrections}


def _by_version(issue: Issue, said: Mapping[PartKey, str]) -> Mapping[Version, frozenset[PartKey]]:
    """By each version of `issue` that was sent, which parts it has as they are `said`."""
    sent = Version.objects.filter(mailings__in=_mailings(issue)).distinct()
    found = {version: _alike(version, said) for version in sent}
    return {version: parts for version, parts in found.items() if parts}


def _alike(version: Version, said: Mapping[PartKey, str]) -> frozenset[PartKey]:
    there = hashes_of_parts(from_json(version.content))
    return frozenset(part for part in said if there.get(part) == said[part])


def _mailings(issue: Issue) -> list[int]:
    """The ids of the mailings that sent `issue` itself."""
    sent = issue.mailings.filter(kind=MailingKind.ISSUE, frozen_at__isnull=False)
    return list(sent.values_list("pk", flat=True))
