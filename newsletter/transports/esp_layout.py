"""How a message looks in a call of an ESP, laid out once a batch and filled for every reader.

Anymail knows how each ESP wants a message. It is shown a copy in which all that differs between
readers is a mark; what it makes of that is cut at the marks, and a message is what stands
between them with its reader's values. What editions share is written once for all of them.
"""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any
from urllib.parse import urljoin

from anymail.backends.base_requests import AnymailRequestsBackend

from newsletter.rendering.fragments import Fragment
from newsletter.rendering.slots import MARK, OPEN, Slot, fill
from newsletter.transports.base import (
    OutgoingBatch,
    OutgoingEdition,
    OutgoingMessage,
    writing,
)
from newsletter.transports.esp_batches import Distinct
from newsletter.transports.esp_capabilities import Esp
from newsletter.transports.esp_messages import alone, one_line, verbatim


class _Place(Enum):
    """Where messages of one batch differ."""

    ADDRESS = "address"
    SUBJECT = "subject"
    TEXT = "text"
    HTML = "html"
    LANGUAGE = "language"
    UNSUBSCRIBE = "unsubscribe"
    REFERENCE = "reference"
    MESSAGE_ID = "message"
    IN_REPLY_TO = "parent"
    DELIVERY = "delivery"


class Layout:
    """Messages of one batch, as one ESP takes them by the hundred."""

    def __init__(
        self, batch: OutgoingBatch, esp: Esp, distinct: Distinct, backend: AnymailRequestsBackend
    ) -> None:
        self._batch = batch
        self._esp = esp
        self.distinct = distinct
        self._backend = backend
        #: By whether there is HTML, and whether it belongs under another message.
        self._laid_out: dict[tuple[bool, bool], Sequence[bytes | _Place]] = {}
        self._request: dict[str, Any] = {}

    @writing
    def message(self, copy: OutgoingMessage) -> bytes:
        """The message of `copy`, the same at every try, to the byte.

        Raises:
            UnwritableMail: a header is more than one line, or a slot has no value.
        """
        edition = self._batch.editions[copy.edition]
        written: list[bytes] = []
        for one in self._pieces(bool(edition.html), bool(copy.in_reply_to)):
            written += [one] if isinstance(one, bytes) else _written(one, edition, copy)
        return b"".join(written)

    def request(self, messages: Iterable[bytes], key: str = "") -> dict[str, Any]:
        """The request with those messages, as requests takes it, under an idempotency key."""
        begin, end = self.distinct.around
        headers = {**self._request["headers"], **self.distinct.headers}
        if key:
            headers["Idempotency-Key"] = key
        body = b"".join([begin, b",".join(messages), end])
        return {**self._request, "data": body, "headers": headers}

    def _pieces(self, has_html: bool, is_reply: bool) -> Sequence[bytes | _Place]:
        kind = has_html, is_reply
        if kind not in self._laid_out:
            self._laid_out[kind] = self._lay_out(*kind)
        return self._laid_out[kind]

    def _lay_out(self, has_html: bool, is_reply: bool) -> Sequence[bytes | _Place]:
        marks = _marks()
        message = alone(*_marked(self._batch, marks, has_html, is_reply), self._esp)
        payload = self._backend.build_message_payload(message, self._backend.send_defaults)
        self._request = payload.get_request_params(self._backend.api_url)
        self._request["url"] = urljoin(self._backend.api_url, self.distinct.endpoint)
        shown = self.distinct.message(json.loads(self._request.pop("data")))
        return tuple(_cut(json.dumps(shown, ensure_ascii=False), marks))


def _marks() -> dict[_Place, str]:
    """For each place what nobody writes, and Anymail takes for what belongs there."""
    sign = f"mark{secrets.token_hex(8)}"
    marks = {place: f"{sign}-{place.value}" for place in _Place}
    marks[_Place.ADDRESS] += "@mark.invalid"
    marks[_Place.DELIVERY] = str(10**17 + secrets.randbelow(10**17))
    return marks


def _marked(
    batch: OutgoingBatch, marks: Mapping[_Place, str], has_html: bool, is_reply: bool
) -> tuple[OutgoingBatch, OutgoingMessage]:
    edition = OutgoingEdition(
        language=marks[_Place.LANGUAGE],
        subject=marks[_Place.SUBJECT],
        html=(marks[_Place.HTML],) if has_html else (),
        text=(marks[_Place.TEXT],),
    )
    copy = OutgoingMessage(
        delivery_id=int(marks[_Place.DELIVERY]),
        edition=0,
        address=marks[_Place.ADDRESS],
        message_id=marks[_Place.MESSAGE_ID],
        reference=marks[_Place.REFERENCE],
        values={Slot.UNSUBSCRIBE_URL: marks[_Place.UNSUBSCRIBE]},
        in_reply_to=marks[_Place.IN_REPLY_TO] if is_reply else "",
    )
    return replace(batch, editions={0: edition}, copies=[copy]), copy


def _cut(laid_out: str, marks: Mapping[_Place, str]) -> Iterator[bytes | _Place]:
    """`laid_out` with the places of the marks in it."""
    places = {mark: place for place, mark in marks.items()}
    for piece in re.split(f"({'|'.join(map(re.escape, places))})", laid_out):
        yield places.get(piece) or piece.encode()


def _written(place: _Place, edition: OutgoingEdition, copy: OutgoingMessage) -> Sequence[bytes]:
    """What stands at `place` in the message of `copy`."""
    match place:
        case _Place.HTML:
            return _filled(edition.html, {s: html.escape(v) for s, v in copy.values.items()})
        case _Place.TEXT:
            return _filled(edition.text, copy.values)
        case _Place.SUBJECT:
            return [_json(one_line("Subject", fill(edition.subject, copy.values)))]
        case _Place.DELIVERY:
            return [b"%d" % copy.delivery_id]
        case _Place.ADDRESS:
            return [_json(copy.address)]
    return [_json(verbatim(place.value, _in_header(place, edition, copy)))]


def _in_header(place: _Place, edition: OutgoingEdition, copy: OutgoingMessage) -> str:
    match place:
        case _Place.LANGUAGE:
            return edition.language
        case _Place.UNSUBSCRIBE:
            return copy.values[Slot.UNSUBSCRIBE_URL]
        case _Place.REFERENCE:
            return copy.reference
        case _Place.MESSAGE_ID:
            return copy.message_id
    return copy.in_reply_to


def _filled(pieces: Iterable[str], values: Mapping[Slot, str]) -> list[bytes]:
    escaped = {slot: _json(value) for slot, value in values.items()}
    written: list[bytes] = []
    for piece in pieces:
        for one in _in_json(piece):
            written.append(escaped[one] if isinstance(one, Slot) else one)
    return written


def _in_json(piece: str) -> Sequence[bytes | Slot]:
    """What is constant in `piece`, and the slots in between."""
    return _shared_in_json(piece) if isinstance(piece, Fragment) else _cut_at_slots(piece)


# What many editions of a mailing share is worked out once: some tens of megabytes at most.
@lru_cache(maxsize=4096)
def _shared_in_json(fragment: Fragment) -> Sequence[bytes | Slot]:
    return _cut_at_slots(fragment)


def _cut_at_slots(piece: str) -> Sequence[bytes | Slot]:
    if OPEN not in piece:
        return (_json(piece),)
    cut = MARK.split(piece)
    return [Slot(one) if place % 2 else _json(one) for place, one in enumerate(cut) if one]


def _json(text: str) -> bytes:
    """`text` as it stands within a string of JSON."""
    return encode_basestring(text)[1:-1].encode()
