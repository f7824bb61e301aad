"""From a batch to what a transport is given."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate
from django.utils import translation

from newsletter.editions.addresses import shared_addresses
from newsletter.editions.content import PublicationContent
from newsletter.editions.pieces import EditionInPieces
from newsletter.editions.recipes import assembled_each
from newsletter.links import archive_url, web_url
from newsletter.models import (
    Batch,
    DeliveryState,
    Edition,
    Issue,
    Mailing,
    MailingKind,
    Version,
)
from newsletter.rendering.copies import ReadersValues, pieces_for_readers
from newsletter.rendering.slots import Slot
from newsletter.sending.threads import first_emails
from newsletter.transports.base import (
    OutgoingBatch,
    OutgoingEdition,
    OutgoingMessage,
    UnwritableMail,
    writing,
)
from newsletter.transports.dkim import why_unsigned
from newsletter.transports.wire import Compiled
from subscribers.channels import channel_named
from subscribers.languages import spoken_to
from subscribers.links import ReadersLinks, signup_url, unsubscribe_url
from subscribers.macs import Mac
from subscribers.models import Choices, Language, Publication


@writing
def outgoing_batch(batch: Batch) -> OutgoingBatch:
    """What is planned of `batch` and its editions, in a fixed number of queries.

    Raises:
        UnwritableMail: no mail can be made of it.
    """
    issue = batch.mailing.issue
    sender = _sender_of(batch.mailing.version_id, issue.publication)
    rows = _planned(batch)
    editions = _editions({row.edition for row in rows})
    copies = _copies(batch, rows, editions, sender)
    return _written(issue, sender, editions, copies, batch.mailing.kind)


def why_unwritable(issue: Issue, subjects: Iterable[str]) -> str:
    """Why no mail of `issue` could be written with one of `subjects`; empty if it could.

    It is written, for a reader who is nobody: what stands in the way then would at its hour.

    Raises:
        NoSuchChannel: its publication has a channel that is not set up here.
    """
    sender = _live_sender(issue.publication)
    link = unsubscribe_url(UUID(int=0))
    values = dict.fromkeys(Slot, link)
    empty = {n: OutgoingEdition(Language.EN, one, (), ()) for n, one in enumerate(set(subjects))}
    nobody = [
        OutgoingMessage(0, edition, "nobody@example.org", "0@example.org", "0", values)
        for edition in empty
    ]
    try:
        compiled = Compiled(_written(issue, sender, empty, nobody))
        for copy in nobody:
            compiled.message(copy)
    except UnwritableMail as error:
        return str(error)
    publication = issue.publication
    by_smtp = channel_named(publication.channel).transport == "smtp"
    return why_unsigned(publication.from_address) if by_smtp else ""


def _editions(ids: Iterable[int]) -> dict[int, OutgoingEdition]:
    stored = {edition.pk: edition for edition in Edition.objects.filter(pk__in=ids)}
    whole = assembled_each(stored.values())
    return {pk: _outgoing(stored[pk], edition) for pk, edition in whole.items()}


def _outgoing(stored: Edition, edition: EditionInPieces) -> OutgoingEdition:
    # Filled here, once: a value for each reader would make a call to an ESP larger by so many.
    shared = shared_addresses(stored.public_id)
    return OutgoingEdition(
        language=edition.language,
        subject=edition.subject,
        html=pieces_for_readers(edition.html_runs, shared, markup=True),
        text=pieces_for_readers(edition.text_runs, shared, markup=False),
    )


def _written(
    issue: Issue,
    sender: Sender,
    editions: Mapping[int, OutgoingEdition],
    copies: Sequence[OutgoingMessage],
    kind: str = MailingKind.ISSUE,
) -> OutgoingBatch:
    publication = issue.publication
    return OutgoingBatch(
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        list_id=publication.list_id,
        list_pages=_list_pages(publication),
        feedback_id=_feedback_id(issue, sender, kind),
        editions=editions,
        copies=copies,
    )


@dataclass(frozen=True)
class Sender:
    """Whom the mail of a mailing is from, as it was approved."""

    name: str
    address: str
    reply_to: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def _sender_of(version_id: int, publication: Publication) -> Sender:
    """The sender in the frozen content; that of the publication, where content names none."""
    # This part of it alone is read: the whole content of an issue is large.
    versions = Version.objects.filter(pk=version_id)
    frozen = PublicationContent(**versions.values_list("content__publication", flat=True).get())
    if frozen.from_address:
        return Sender(frozen.from_name, frozen.from_address, frozen.reply_to)
    return _live_sender(publication)


def _live_sender(publication: Publication) -> Sender:
    return Sender(publication.from_name, publication.from_address, publication.reply_to)


def _list_pages(publication: Publication) -> dict[str, str]:
    """Pages about the list, by the header that leads there (RFC 2369, section 3)."""
    pages = {"List-Help": signup_url(publication)}
    if publication.archive_open:
        pages["List-Archive"] = archive_url(publication)
    return pages


class Row(NamedTuple):
    """What is read of a delivery, as the database gives it."""

    pk: int
    edition: int
    address: str
    public_id: UUID
    subscribed_on: date | None
    generation: int
    interest_set: int
    subscriber: int


def _columns(publication: Publication) -> Sequence[str | Combinable]:
    """Of a delivery, as in :class:`Row`."""
    return (
        "pk",
        "edition",
        "subscriber__address",
        "subscription__public_id",
        TruncDate("subscription__confirmed_at", tzinfo=publication.zone),
        "subscriber__link_generation",
        "interest_set",
        "subscriber",
    )


def _planned(batch: Batch) -> list[Row]:
    """Those of each edition side by side."""
    # Tuples, not objects: this runs for every mail that is ever sent.
    planned = batch.deliveries.filter(state=DeliveryState.PLANNED).order_by("edition", "pk")
    columns = _columns(batch.mailing.issue.publication)
    return [Row._make(row) for row in planned.values_list(*columns)]


def _copies(
    batch: Batch,
    rows: Sequence[Row],
    editions: Mapping[int, OutgoingEdition],
    sender: Sender,
) -> list[OutgoingMessage]:
    """Those of each edition side by side, in the words of its language."""
    by_language: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_language[editions[row.edition].language].append(row)
    chosen = Choices({row.interest_set for row in rows})
    threads = _threads(batch, batch.mailing.issue.publication)
    copies: list[OutgoingMessage] = []
    for language, readers in by_language.items():
        with translation.override(spoken_to(language)):
            copies += _copies_in(language, readers, batch.mailing, chosen, threads, sender)
    return copies


def _copies_in(
    language: str,
    rows: Sequence[Row],
    mailing: Mailing,
    chosen: Choices,
    threads: Mapping[int, Thread],
    sender: Sender,
) -> Iterator[OutgoingMessage]:
    """The copies of readers of `language`, which is active."""
    # At every try the same links: a call repeated with its key must be the same, to the byte.
    links = ReadersLinks(at=mailing.frozen_at)
    regions = chosen.in_words({row.interest_set for row in rows}, language)
    values, domain = ReadersValues(), sender.domain
    for row in rows:
        thread = threads[row.subscriber]
        yield OutgoingMessage(
            delivery_id=row.pk,
            edition=row.edition,
            address=row.address,
            message_id=f"{_message_key(row.pk)}@{domain}",
            reference=row.public_id.hex,
            values=values.of(
                **links.of(row.public_id, row.generation),
                regions=regions[row.interest_set],
                subscribed_on=_confirmed(row.subscribed_on),
            )
            | dict(thread.values),
            in_reply_to=thread.message_id,
        )


class Thread(NamedTuple):
    """What an email belongs under, and what it says of that."""

    message_id: str = ""
    values: Mapping[Slot, str] = MappingProxyType({})


def _threads(batch: Batch, publication: Publication) -> Mapping[int, Thread]:
    """By the ids of subscribers, what their email belongs under; nothing but of a correction."""
    emails = first_emails(batch)
    versions = {email.version_id for email in emails.values()}
    domains = {pk: _sender_of(pk, publication).domain for pk in versions}
    threads: dict[int, Thread] = defaultdict(Thread)
    for subscriber, email in emails.items():
        message_id = f"{_message_key(email.delivery_id)}@{domains[email.version_id]}"
        threads[subscriber] = Thread(message_id, {Slot.CORRECTED_URL: web_url(email.public_id)})
    return threads


def _confirmed(on: date | None) -> date:
    if on is None:
        raise ValueError("A delivery is planned for a subscription that was never confirmed.")
    return on


def _feedback_id(issue: Issue, sender: Sender, kind: str) -> str:
    """Complaints by issue, by publication, and by kind of mail; the last word says who sends."""
    publication = issue.publication
    # Gmail wants 5 to 15 characters there, the same for all emails of one sender.
    sender_id = hashlib.sha256(sender.domain.encode()).hexdigest()[:12]
    return f"{issue.slug}:{publication.slug}:{kind}:{sender_id}"


def _message_key(delivery_id: int) -> str:
    """The same at every try, unlike that of any other delivery, and nothing to guess from."""
    return _mac().of(b"%d" % delivery_id).hex()[:32]


@cache
def _mac() -> Mac:
    secret = hashlib.sha256(b"newsletter.message-id" + settings.SECRET_KEY.encode()).digest()
    return Mac(secret)
