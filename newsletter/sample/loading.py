"""Fill an empty site with something to look at: a publication, its readers, and two issues.

The first of the two counts as sent a month before: it stands in the ledger, and no mail of it
anywhere. The emails of the second one tell their readers what changed since.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.checking import check_here
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.scheduling import schedule
from newsletter.errors import NewsletterError
from newsletter.ledger import batches, deliveries, mailings
from newsletter.ledger.history import this_worker
from newsletter.models import (
    BatchTransition,
    DeliveryTransition,
    HistoryEntry,
    Issue,
    Mailing,
    MailingTransition,
    Section,
)
from newsletter.sample.readers import NETWORK, WORDING, SampleReader, sample_readers
from newsletter.sending.deadlines import LIFETIME
from subscribers.logos import store_logo
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    InterestSet,
    Level,
    Publication,
    Region,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionReason,
)

#: What is written: the publication, the issues with their sections, and the assessments.
FOLDER = Path(__file__).resolve().parent.parent / "sample"
#: How long before the other one the earlier issue went out.
SENT_BEFORE = timedelta(days=30)
BATCH_SIZE = 50


class LoadTheRegions(NewsletterError):
    """The sample names a region that this site does not have."""


@transaction.atomic
def load_sample() -> Mailing | None:
    """Load the sample and let its issue go out at once; None, and no change, on a site in use.

    A site is in use as soon as it has a publication.

    Raises:
        LoadTheRegions: a region of the sample is missing.
    """
    if Publication.objects.exists():
        return None
    written = _read("issue.toml")
    regions = _Regions(Region.objects.in_bulk(field_name="code"))
    publication = _write_publication(regions, **written["publication"])
    _sign_up(publication, regions, list(sample_readers()))
    _count_as_sent(_write_issue(publication, regions, _read("issue_before.toml")))
    return _scheduled(_write_issue(publication, regions, written))


def _scheduled(issue: Issue) -> Mailing:
    check_here(draft_of(issue))
    return schedule(issue, at=None, by=None)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text("utf-8"))


def _count_as_sent(issue: Issue) -> None:
    """Let the ledger say that `issue` was accepted for all its readers a month ago."""
    at = timezone.now() - SENT_BEFORE
    mailing = _scheduled(issue)
    freeze_due(BATCH_SIZE)
    planned = mailing.deliveries.all()
    deliveries.transition(planned, DeliveryTransition.ACCEPT, attempts=1, settled_at=at)
    of_mailing = mailing.batches.all()
    batches.transition(of_mailing, BatchTransition.CLOSE, due_at=at, handed_at=at, settled_at=at)
    mailings.transition(
        Mailing.objects.filter(pk=mailing.pk),
        MailingTransition.FINISH,
        by=this_worker(),
        created_at=at,
        scheduled_at=at,
        not_after=at + LIFETIME,
        frozen_at=at,
        reached_at=at,
        finished_at=at,
    )
    # Django's own set of rows: that of the model refuses to write.
    entries: QuerySet[HistoryEntry] = QuerySet(HistoryEntry)
    entries.filter(mailing=mailing).update(at=at)


class _Regions(dict[str, Region]):
    """The regions of this site by code."""

    def __missing__(self, code: str) -> Region:
        raise LoadTheRegions(
            f"The sample needs the region {code}, which is not there. Load the regions first."
        )

    def of(self, codes: Iterable[str]) -> list[Region]:
        return [self[code] for code in codes]


def _write_publication(known: _Regions, *, regions: list[str], **fields: Any) -> Publication:
    publication = Publication.objects.create(**fields, **_logo())
    publication.regions.set(known.of(regions))
    return publication


def _logo() -> dict[str, Any]:
    """It is as it would be drawn again: flat, and twice the pixels that it takes."""
    return {
        "logo_hash": store_logo((FOLDER / "logo.png").read_bytes(), "png"),
        "logo_kind": "png",
        "logo_width": 56,
        "logo_height": 56,
    }


def _write_issue(publication: Publication, regions: _Regions, written: Mapping[str, Any]) -> Issue:
    issue = Issue.objects.create(publication=publication, **written["issue"])
    for place, section in enumerate(written["sections"], start=1):
        _write_section(issue, 10 * place, regions, **section)
    for assessment in written["assessments"]:
        region = regions[assessment["region"]]
        issue.assessments.create(**{**assessment, "region": region})
    return issue


def _write_section(
    issue: Issue,
    position: int,
    known: _Regions,
    *,
    body: Mapping[str, str],
    regions: Iterable[str] = (),
    incidents: Iterable[Mapping[str, Any]] = (),
    **fields: Any,
) -> None:
    # Stripped, as the editing form does: saving it there unchanged makes no other version.
    stripped = {language: words.strip() for language, words in body.items()}
    section = issue.sections.create(position=position, body=stripped, **fields)
    section.regions.set(known.of(regions))
    for incident in incidents:
        _write_incident(section, known, **incident)


def _write_incident(
    section: Section, known: _Regions, *, regions: Iterable[str], **fields: Any
) -> None:
    section.incidents.create(**fields).regions.set(known.of(regions))


def _sign_up(publication: Publication, regions: _Regions, readers: list[SampleReader]) -> None:
    chosen = {
        codes: InterestSet.objects.of(regions.of(codes))
        for codes in dict.fromkeys(reader.interests for reader in readers)
    }
    subscribers = Subscriber.objects.bulk_create([_subscriber(reader) for reader in readers])
    subscriptions = Subscription.objects.bulk_create(
        Subscription(
            subscriber=subscriber,
            publication=publication,
            interest_set=chosen[reader.interests],
            language=reader.language,
            mail_format=reader.mail_format,
            status=reader.status,
            ended_reason=reader.ended_reason,
            requested_at=reader.requested_at,
            confirmed_at=reader.confirmed_at,
            ended_at=reader.ended_at,
        )
        for reader, subscriber in zip(readers, subscribers, strict=True)
    )
    ConsentEvent.objects.bulk_create(
        event
        for reader, subscription in zip(readers, subscriptions, strict=True)
        for event in _consent(reader, subscription)
    )
    Suppression.objects.bulk_create(
        Suppression(mailbox=reader.address, reason=SuppressionReason.ASKED)
        for reader in readers
        if reader.is_suppressed
    )


def _subscriber(reader: SampleReader) -> Subscriber:
    return Subscriber(
        address=reader.address,
        # Storing many at once does not go through `save`, which would set it.
        mailbox=reader.address.lower(),
        name=reader.name,
        created_at=reader.requested_at,
    )


def _consent(reader: SampleReader, subscription: Subscription) -> Iterator[ConsentEvent]:
    """The proof of what `reader` did, an event for each time that it happened."""
    steps = {
        ConsentKind.REQUESTED: reader.requested_at,
        ConsentKind.CONFIRMED: reader.confirmed_at,
        ConsentKind.ENDED: reader.ended_at,
    }
    for kind, at in steps.items():
        if at is not None:
            yield ConsentEvent(
                subscription=subscription,
                kind=kind,
                at=at,
                wording="" if kind == ConsentKind.ENDED else WORDING[reader.language],
                language=reader.language,
                network=NETWORK,
                interests=dict.fromkeys(sorted(reader.interests), Level.ALL),
                reason=reader.ended_reason if kind == ConsentKind.ENDED else "",
            )
