"""The local outbox: mail goes into a folder that anyone can open, and no further.

One file a message, as it would stand on the wire, written whole or not at all. Nothing is
ever overwritten: a message handed over twice is there twice.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from newsletter.transports.base import (
    AboutToSend,
    Outcome,
    OutgoingBatch,
    Result,
    UnmailableAddress,
    Until,
    explained,
)
from newsletter.transports.django_mail import written
from newsletter.transports.wire import Compiled
from subscribers.channels import channels

#: File names are limited to 255 bytes; the rest of the name takes about 70.
MAX_ADDRESS = 160
#: What :meth:`Outbox.write` makes: when, something unique, to whom. No other file of the
#: folder is read, and no name that leads out of it fits.
_NAME = re.compile(
    rf"(\d{{8}}T\d{{6}}\.\d{{6}})_[0-9a-f]{{12}}_([\w.~%@+-]{{0,{MAX_ADDRESS}}})\.eml", re.ASCII
)


@dataclass(frozen=True)
class Item:
    """A message in the outbox, as its file name tells it."""

    name: str
    address: str
    written_at: datetime


class Outbox:
    """The folder itself. Its names sort by time and say to whom."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, address: str, raw: bytes) -> str:
        """Keep `raw` for `address`; the name it can be read under."""
        self._folder.mkdir(parents=True, exist_ok=True)
        stamp = timezone.now().astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")
        name = f"{stamp}_{uuid.uuid4().hex[:12]}_{_in_a_name(address)}.eml"
        part = self._folder / f".{name}.part"
        part.write_bytes(raw)
        part.replace(self._folder / name)
        return name

    def items(self, *, address_contains: str = "") -> list[Item]:
        """What is in it, newest first; only for addresses with that text in them, if given."""
        if not self._folder.is_dir():
            return []
        names = sorted((entry.name for entry in os.scandir(self._folder)), reverse=True)
        items = (_item(match) for name in names if (match := _NAME.fullmatch(name)))
        return [item for item in items if address_contains.lower() in item.address.lower()]

    def items_for(self, address: str) -> list[Item]:
        """What is in it for `address`, however it is spelled."""
        name = _in_a_name(address).lower()
        return [item for item in self.items() if _in_a_name(item.address).lower() == name]

    def remove(self, item: Item) -> None:
        (self._folder / item.name).unlink(missing_ok=True)

    def read(self, name: str) -> bytes:
        """The message kept under `name`.

        Raises:
            FileNotFoundError: there is none.
        """
        return self._path(name).read_bytes()

    def parsed(self, name: str) -> ParsedMessage:
        """The message kept under `name`, its headers decoded.

        Raises:
            FileNotFoundError: there is none.
        """
        return _parse(self.read(name))

    def headers(self, name: str) -> ParsedMessage:
        """The headers of the message kept under `name`, decoded; the rest is not read.

        Raises:
            FileNotFoundError: there is none.
        """
        with self._path(name).open("rb") as file:
            return _parse(b"".join(takewhile(lambda line: line != b"\r\n", file)))

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return self._folder / name


def configured_outbox() -> Outbox:
    return Outbox(settings.OUTBOX_DIR)


def may_read_outbox(user: Any) -> bool:
    """Whether there is an outbox for `user`, who may be nobody: its mail holds readers’ links."""
    if all(channel.transport != "outbox" for channel in channels().values()):
        return False
    return bool(settings.OUTBOX_OPEN or user.has_perm("newsletter.view_outbox"))


class EmailBackend(BaseEmailBackend):
    """Django's way into the outbox, for transactional mail."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        outbox = configured_outbox()
        for message in email_messages:
            outbox.write(message.recipients()[0], written(message))
        return len(email_messages)


class OutboxTransport:
    """Accepts everything that can be written."""

    batch_size = smallest_batch = 50

    def __init__(self) -> None:
        self._outbox = configured_outbox()

    def hand_over(self, batch: OutgoingBatch, *, until: Until) -> Iterator[AboutToSend | Result]:
        compiled = Compiled(batch)
        for copy in batch.copies:
            if time.monotonic() >= until():
                return
            try:
                message = compiled.message(copy)
            except UnmailableAddress as error:
                yield explained(copy.delivery_id, Outcome.REJECTED, error)
                continue
            yield AboutToSend((copy.delivery_id,))
            if time.monotonic() >= until():
                return
            name = self._outbox.write(copy.address, message)
            yield Result(copy.delivery_id, Outcome.ACCEPTED, outbox_name=name)

    def close(self) -> None:
        """Nothing is open."""


def _in_a_name(address: str) -> str:
    return quote(address, safe="@+")[:MAX_ADDRESS]


def _item(match: re.Match[str]) -> Item:
    stamp, address = match.groups()
    written_at = datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    return Item(name=match[0], address=unquote(address), written_at=written_at)


def _parse(raw: bytes) -> ParsedMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, ParsedMessage)  # noqa: S101 - what this policy makes
    return message
