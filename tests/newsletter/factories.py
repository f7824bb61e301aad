"""Issues for tests, in as few words as a test needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from newsletter.audience.assigning import composer_of
from newsletter.audience.freezing import freeze_due
from newsletter.editions.recipes import RecipeWriter, assembled
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.scheduling import cancel, schedule
from newsletter.editorial.versioning import version_of
from newsletter.ledger.tallying import tally
from newsletter.media.decoding import redraw
from newsletter.media.files import save_upload
from newsletter.media.reencoding import CleanPicture
from newsletter.models import (
    Assessment,
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Edition,
    Incident,
    Issue,
    Mailing,
    MailingState,
    Picture,
    PictureKind,
    Reason,
    Section,
    SectionKind,
)
from newsletter.sending.deadlines import LIFETIME
from newsletter.sending.delivering import commit_intent
from subscribers.desk.texts import texts_of_model
from subscribers.models import Publication, Region, Subscription, SubscriptionStatus
from tests.factories import make_publication, make_subscription
from tests.newsletter import pictures
from tests.newsletter.workers import claim
from tests.regions import load_regions

_numbers = itertools.count(1)


def make_issue(publication: Publication, *parts: tuple[str, Iterable[str]], **fields: Any) -> Issue:
    """An issue whose sections are `parts`: a title and the codes of its regions, if any.

    The text of a section is "Text of <title>.", so that it can be found in a mail. Texts that
    are given as plain words are in the language of the issue.
    """
    number = next(_numbers)
    given = {
        "title": f"Issue {number}",
        "slug": f"issue-{number}",
        "subject": f"Subject {number}",
        **fields,
    }
    language = str(fields.get("language", publication.languages[0]))
    issue = Issue.objects.create(publication=publication, **in_language(language, Issue, given))
    for position, (title, codes) in enumerate(parts):
        section = Section.objects.create(
            issue=issue,
            position=position,
            kind=SectionKind.REGIONS if codes else SectionKind.LETTER,
            title={language: title},
            body={language: f"Text of {title}."},
        )
        section.regions.set(Region.objects.filter(code__in=codes))
    return issue


def assess(issue: Issue, code: str, trend: str = "increased", **fields: object) -> Assessment:
    region = Region.objects.get(code=code)
    said = in_language(issue.language, Assessment, fields)
    return Assessment.objects.create(issue=issue, region=region, trend=trend, **said)


def add_section(issue: Issue, title: str, body: str = "Text.", **fields: object) -> Section:
    """A section more, of the kind for everyone if no other is given."""
    said = in_language(issue.language, Section, {"title": title, "body": body, **fields})
    return issue.sections.create(**{"kind": SectionKind.LETTER, **said})


def add_incident(section: Section, **fields: object) -> Incident:
    """An incident more, on the first of September 2023 if no other date is given."""
    given = {"date_start": "2023-09-01", "event_type": "attack", "summary": "An attack.", **fields}
    return section.incidents.create(**in_language(section.issue.language, Incident, given))


def in_language(
    language: str, model: type[Model], fields: Mapping[str, object]
) -> dict[str, object]:
    """`fields` with plain words of texts as texts in that language."""
    texts = {field.name for field in texts_of_model(model)}
    return {
        name: {language: value} if name in texts and isinstance(value, str) else value
        for name, value in fields.items()
    }


def sent(
    publication: Publication,
    title: str,
    trends: Mapping[str, str] = MappingProxyType({"ML-1": "decreased"}),
    *,
    without: Iterable[str] = (),
    ago: timedelta = timedelta(),
) -> Mailing:
    """The mailing, that long ago, of an issue called `title` with those trends.

    It was accepted for all its readers but the mailboxes `without`.
    """
    issue = make_issue(publication, ("Letter", []), title=title)
    for code, trend in trends.items():
        assess(issue, code, trend)
    mailing = published(issue, at=timezone.now() - ago)
    active = publication.subscriptions.filter(status=SubscriptionStatus.ACTIVE)
    missed = active.filter(subscriber__mailbox__in=without)
    reached = active.exclude(pk__in=missed)
    batch = _settled_batch(mailing)
    _deliver(batch, reached, DeliveryState.ACCEPTED)
    _deliver(batch, missed, DeliveryState.REJECTED, Reason.REFUSED)
    mailing.audience_size = len(active)
    mailing.reached_at = mailing.frozen_at if reached else None
    mailing.save()
    return mailing


def handed_over(
    publication: Publication, *mailboxes: str, state: DeliveryState = DeliveryState.ACCEPTED
) -> Mailing:
    """A mailing that is over, to readers with these mailboxes, of whom all came to `state`.

    It went out in one batch by the transport of the settings.
    """
    mailing = published(make_issue(publication, ("Letter", [])), audience_size=len(mailboxes))
    readers = [_reader_of(publication, mailbox) for mailbox in mailboxes]
    reason = Reason.NO_ANSWER if state == DeliveryState.UNKNOWN else ""
    _deliver(_settled_batch(mailing), readers, state, reason)
    return mailing


def published(issue: Issue, *, audience_size: int = 0, at: datetime | None = None) -> Mailing:
    """A mailing of `issue` as it stands now that is over, with nothing left of its readers."""
    at = at or timezone.now()
    return Mailing.objects.create(
        issue=issue,
        version=version_of(draft_of(issue), by=None),
        state=MailingState.FINISHED,
        scheduled_at=at,
        not_after=at + LIFETIME,
        audience_size=audience_size,
        frozen_at=at,
        reached_at=at,
        finished_at=at,
    )


def frozen_to(*mailboxes: str, batch_size: int = 50) -> Mailing:
    """A mailing of a letter, that is being sent to new readers of Kayes with these mailboxes.

    Its publication is new, and so are the regions.
    """
    load_regions()
    publication = make_publication()
    for mailbox in mailboxes:
        make_subscription(publication=publication, regions=["ML-1"], address=mailbox)
    mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(batch_size)
    mailing.refresh_from_db()
    return mailing


def _settled_batch(mailing: Mailing) -> Batch:
    return mailing.batches.create(
        ordinal=0,
        state=BatchState.SETTLED,
        due_at=mailing.scheduled_at,
        handed_at=mailing.scheduled_at,
        settled_at=mailing.scheduled_at,
        transport=settings.MAIL_TRANSPORT,
    )


def _deliver(
    batch: Batch, readers: Iterable[Subscription], state: DeliveryState, reason: str = ""
) -> None:
    edition, _created = batch.mailing.editions.get_or_create(
        language="en", mail_format="html", held=b"", recipe=b""
    )
    Delivery.objects.bulk_create(
        Delivery(
            mailing=batch.mailing,
            edition=edition,
            batch=batch,
            subscription=reader,
            subscriber=reader.subscriber,
            interest_set=reader.interest_set,
            mailbox=reader.subscriber.mailbox,
            state=state,
            reason=reason,
            remote_id=f"id of {reader.subscriber.mailbox}",
            attempts=1,
            settled_at=batch.settled_at,
        )
        for reader in readers
    )
    tally(batch.mailing)


def _reader_of(publication: Publication, mailbox: str) -> Subscription:
    known = publication.subscriptions.filter(subscriber__mailbox=mailbox).first()
    return known or make_subscription(publication=publication, regions=["ML-1"], address=mailbox)


def make_picture(alt: str = "A map of mines", raw: bytes = b"") -> Picture:
    """A picture that texts may show, with its file."""
    picture = Picture(alt=alt)
    content, kind, width, height, _darkest = redraw(raw or pictures.picture())
    save_upload(picture, CleanPicture(content, PictureKind(kind), width, height))
    return picture


def cancelled_on_the_wire(issue: Issue) -> Batch:
    """A batch that a worker is handing over while its mailing of `issue` was cancelled."""
    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)
    batch = claim()
    assert batch
    assert commit_intent(batch)
    cancel(mailing)
    return batch


def restate(edition: Edition, **said: Any) -> None:
    """Let the stored `edition` have another `subject`, `html_runs` or `text_runs`."""
    mailing = edition.mailing
    writer = RecipeWriter(mailing.version, composer_of(mailing))
    [edition.recipe] = writer.recipes([replace(assembled(edition), **said)])
    edition.save()
