"""A batch, or one copy of it, as the message that Anymail makes a call of."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable, Sequence
from email.headerregistry import Address

from anymail.exceptions import AnymailInvalidAddress
from anymail.message import AnymailMessage
from anymail.utils import parse_address_list

from newsletter.models.obstacles import Obstacle
from newsletter.rendering.slots import Slot, fill, fill_html, replace_marks
from newsletter.transports.base import (
    OutgoingBatch,
    OutgoingEdition,
    OutgoingMessage,
    UnmailableAddress,
    UnwritableMail,
    writing,
)
from newsletter.transports.esp_capabilities import Esp, KeyPlace, Merge
from newsletter.transports.messages import (
    ONE_CLICK,
    by_mail,
    common_headers,
    edition_headers,
    list_unsubscribe,
    thread_headers,
)
from newsletter.transports.mime import BREAKS, mailable

#: What is the same for us, for Anymail and for the ESP, byte for byte: Anymail finds a reader's
#: values under their address as it writes it.
_PLAIN_ADDRESS = re.compile(r"[\w.!#$&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+", re.ASCII)

#: What the idempotency keys of this service are made in.
KEYS = uuid.UUID("7d0e5ccf-9d3a-4a5c-9c0b-3c6f0d6a1f52")


@writing
def alone(batch: OutgoingBatch, copy: OutgoingMessage, esp: Esp) -> AnymailMessage:
    """The message of `copy`: one recipient, every slot filled.

    It is the same at every try, to the byte, and so is its idempotency key.

    Raises:
        UnmailableAddress: the address is not one address.
        UnwritableMail: a header is more than one line, or a slot has no value.
    """
    edition = batch.editions[copy.edition]
    message = _message(
        batch,
        edition,
        to=[_one_address(copy.address)],
        headers=_shared_headers(batch, edition, esp) | _own_headers(copy, esp, by_mail(batch)),
        text=lambda text: fill(text, copy.values),
        markup=lambda text: fill_html(text, copy.values),
    )
    if esp.metadata:
        message.metadata = {"d": str(copy.delivery_id)}
    if esp.idempotency:
        _add_key(message, idempotency_key(copy), esp.idempotency.place)
    return message


@writing
def together(
    batch: OutgoingBatch, copies: Sequence[OutgoingMessage], esp: Esp, merge: Merge
) -> AnymailMessage:
    """One message for all of `copies`, with each one's own values beside it.

    The copies are :func:`mergeable`, and of one edition. Every one of them has data, metadata and
    headers of their own: any of these makes the ESP send each a message that shows nobody else,
    and Postmark's backend mixes up those who have no metadata.

    Raises:
        UnwritableMail: a header is more than one line, or a slot has no value.
    """
    edition = batch.editions[copies[0].edition]
    shared = _shared_headers(batch, edition, esp)
    in_each = shared if merge.own_headers_replace else {}
    message = _message(
        batch,
        edition,
        to=[copy.address for copy in copies],
        headers={} if merge.own_headers_replace else shared,
        text=lambda text: _with_placeholders(text, merge),
        markup=lambda text: _with_placeholders(text, merge, suffix="_html"),
    )
    in_text = _slots_in(edition.subject, *edition.text)
    in_html = _slots_in(*edition.html)
    message.merge_data = {c.address: _values(c, in_text, in_html) for c in copies}
    message.merge_metadata = {c.address: {"d": str(c.delivery_id)} for c in copies}
    mailto = by_mail(batch)
    message.merge_headers = {c.address: in_each | _own_headers(c, esp, mailto) for c in copies}
    message.is_for_many = True
    return message


def can_merge(edition: OutgoingEdition, merge: Merge) -> bool:
    """Whether a call for many readers says what `edition` says, and nothing else."""
    if not merge.in_subject and _slots_in(edition.subject):
        return False
    parts = (edition.subject, "".join(edition.text), "".join(edition.html))
    return not any(merge.code.search(part) for part in parts)


def mergeable(
    copies: Sequence[OutgoingMessage],
) -> tuple[list[OutgoingMessage], list[OutgoingMessage]]:
    """Those that can be in one call, and those that must go alone.

    Alone goes an address that may be written in two ways, and one that is already in the call:
    values and answers are told apart by address only.
    """
    merged: list[OutgoingMessage] = []
    others: list[OutgoingMessage] = []
    seen: set[str] = set()
    for copy in copies:
        known = copy.address.casefold()
        fits = known not in seen and _PLAIN_ADDRESS.fullmatch(copy.address)
        (merged if fits else others).append(copy)
        seen.add(known)
    return merged, others


def idempotency_key(copy: OutgoingMessage) -> str:
    """The same at every try of this delivery, and of no other."""
    return str(uuid.uuid5(KEYS, copy.message_id))


def _message(
    batch: OutgoingBatch,
    edition: OutgoingEdition,
    *,
    to: list[str],
    headers: dict[str, str],
    text: Callable[[str], str],
    markup: Callable[[str], str],
) -> AnymailMessage:
    message = AnymailMessage(
        subject=one_line("Subject", text(edition.subject)),
        body=text("".join(edition.text)),
        from_email=_sender(batch),
        to=to,
        reply_to=[mailable(batch.reply_to)],
        headers=headers,
    )
    if edition.html:
        message.attach_alternative(markup("".join(edition.html)), "text/html")
    return message


def _shared_headers(batch: OutgoingBatch, edition: OutgoingEdition, esp: Esp) -> dict[str, str]:
    return _checked(common_headers(batch) | edition_headers(edition), esp)


def _own_headers(copy: OutgoingMessage, esp: Esp, mailto: str) -> dict[str, str]:
    # Both List-Unsubscribe headers side by side: one without the other is no one-click.
    return _checked(
        {
            "List-Unsubscribe": list_unsubscribe(copy, mailto),
            **ONE_CLICK,
            "Message-ID": f"<{copy.message_id}>",
            **thread_headers(copy),
        },
        esp,
    )


def _checked(headers: dict[str, str], esp: Esp) -> dict[str, str]:
    for name in esp.own_headers & headers.keys():
        del headers[name]
    # At one look for all of them: every reader has some of their own.
    values = "".join(headers.values())
    if values.isascii() and values.isprintable():
        return headers
    return {name: verbatim(name, value) for name, value in headers.items()}


def verbatim(name: str, value: str) -> str:
    """`value`, which programs read, for the header `name`.

    Raises:
        UnwritableMail: it would have to be encoded, or is more than one line.
    """
    # An ESP would encode it as words, and nobody could read it any more.
    if not value.isascii():
        raise UnwritableMail(f"{name}: {value!r}", Obstacle.HEADER)
    return one_line(name, value)


def _sender(batch: OutgoingBatch) -> str:
    title = one_line("From", batch.from_name)
    return str(Address(title, addr_spec=mailable(batch.from_address)))


def one_line(name: str, value: str) -> str:
    """`value` for the header `name`.

    Raises:
        UnwritableMail: it is more than one line.
    """
    # The ESPs' interfaces take line breaks in a header for granted and pass them on.
    if BREAKS.search(value):
        raise UnwritableMail(f"{name}: {value!r}", Obstacle.LINES)
    return value


def _one_address(address: str) -> str:
    # Anymail takes a comma for the end of one address and the beginning of the next.
    try:
        if _PLAIN_ADDRESS.fullmatch(address) or len(parse_address_list(address)) == 1:
            return address
    except AnymailInvalidAddress as error:
        raise UnmailableAddress(error) from error
    raise UnmailableAddress(address, Obstacle.MANY_ADDRESSES)


def _add_key(message: AnymailMessage, key: str, place: KeyPlace) -> None:
    if place is KeyPlace.MESSAGE_HEADER:
        message.extra_headers["idempotencyKey"] = key
    else:
        message.idempotency_key = key


def _slots_in(*pieces: str) -> tuple[Slot, ...]:
    return tuple(slot for slot in Slot if any(slot.mark in piece for piece in pieces))


def _with_placeholders(text: str, merge: Merge, *, suffix: str = "") -> str:
    return replace_marks(text, lambda slot: merge.placeholder.format(slot=f"{slot}{suffix}"))


def _values(
    copy: OutgoingMessage, in_text: Sequence[Slot], in_html: Sequence[Slot]
) -> dict[str, str]:
    """What fills the slots: as it is under their names, escaped for HTML under `<name>_html`."""
    values = {str(slot): copy.values[slot] for slot in in_text}
    for slot in in_html:
        values[f"{slot}_html"] = html.escape(copy.values[slot])
    return values
