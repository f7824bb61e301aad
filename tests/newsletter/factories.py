"""Issues for tests, in as few words as a test needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.scheduling import cancel, schedule
from newsletter.editorial.versioning import version_of
from newsletter.media.decoding import redraw
from newsletter.media.files import save_upload
from newsletter.media.reencoding import CleanPicture
from newsletter.models import (
    Assessment,
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
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
from subscribers.models import Publication, Region, Subscription
from tests.factories import make_subscription
from tests.newsletter import pictures
from tests.newsletter.workers import claim

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
    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)
    planned = mailing.deliveries.filter(state=DeliveryState.PLANNED)
    reached = planned.exclude(mailbox__in=without).update(state=DeliveryState.ACCEPTED)
    planned.update(state=DeliveryState.REJECTED, reason=Reason.REFUSED)
    now = timezone.now()
    mailing.refresh_from_db()
    assert mailing.frozen_at
    Mailing.objects.filter(pk=mailing.pk).update(
        state=MailingState.FINISHED,
        finished_at=now,
        frozen_at=mailing.frozen_at - ago,
        reached_at=mailing.frozen_at - ago if reached else None,
    )
    return mailing


def published(issue: Issue, *, audience_size: int = 0) -> Mailing:
    """A mailing of `issue` as it stands now that is over, with nothing left of its readers."""
    now = timezone.now()
    return Mailing.objects.create(
        issue=issue,
        version=version_of(draft_of(issue), by=None),
        state=MailingState.FINISHED,
        scheduled_at=now,
        not_after=now + LIFETIME,
        audience_size=audience_size,
        frozen_at=now,
        reached_at=now,
        finished_at=now,
    )


def handed_over(
    publication: Publication, *mailboxes: str, state: DeliveryState = DeliveryState.ACCEPTED
) -> Mailing:
    """A mailing that is over, to readers with these mailboxes, of whom all came to `state`.

    It went out in one batch by the transport of the settings.
    """
    now = timezone.now()
    mailing = published(make_issue(publication, ("Letter", [])), audience_size=len(mailboxes))
    edition = mailing.editions.create(
        key="one", language="en", mail_format="html", sections=[], regions=[], text="Text."
    )
    batch = mailing.batches.create(
        edition=edition,
        ordinal=0,
        state=BatchState.SETTLED,
        due_at=now,
        handed_at=now,
        settled_at=now,
        transport=settings.MAIL_TRANSPORT,
    )
    readers = [_reader_of(publication, mailbox) for mailbox in mailboxes]
    Delivery.objects.bulk_create(
        Delivery(
            mailing=mailing,
            edition=edition,
            batch=batch,
            subscription=reader,
            subscriber=reader.subscriber,
            interest_set=reader.interest_set,
            mailbox=reader.subscriber.mailbox,
            state=state,
            reason=Reason.NO_ANSWER if state == DeliveryState.UNKNOWN else "",
            remote_id=f"id of {reader.subscriber.mailbox}",
            attempts=1,
            settled_at=now,
        )
        for reader in readers
    )
    return mailing


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
