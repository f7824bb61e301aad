"""One message a recipient, through any of Django's email backends."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.transports.base import Copy, Handing, Parcel, Result
from newsletter.transports.messages import build_message, refuse_to_show_addresses


class OneByOne(ABC):
    """A transport that cannot merge: a message of its own for every copy.

    A subclass knows what its backend's answers and errors mean.
    """

    batch_size = 50

    def __init__(self, connection: BaseEmailBackend) -> None:
        self._connection = connection

    def hand_over(self, parcel: Parcel, *, until: float) -> Iterator[Handing | Result]:
        self.open()
        for copy in parcel.copies:
            message = self.build(parcel, copy)
            refuse_to_show_addresses(message)
            if time.monotonic() >= until:
                return
            yield Handing((copy.delivery_id,))
            yield self.send(message, copy)

    def close(self) -> None:
        self._connection.close()

    def open(self) -> None:
        """Connect, if that is something the backend does ahead of sending.

        Raises:
            TransportMisconfigured: the settings cannot work.
            TransportUnavailable: nobody answers.
        """
        self._connection.open()

    def build(self, parcel: Parcel, copy: Copy) -> EmailMessage:
        return build_message(parcel, copy)

    @abstractmethod
    def send(self, message: EmailMessage, copy: Copy) -> Result:
        """Hand one message over and say what became of it."""
