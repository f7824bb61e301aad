"""Our adapters to what carries mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

from newsletter.transports.base import Transport
from newsletter.transports.esp import EspTransport
from newsletter.transports.esp_capabilities import capabilities
from newsletter.transports.outbox import OutboxTransport
from newsletter.transports.smtp import SmtpTransport
from newsletter.transports.smtp_keeping import own_keeper
from subscribers.channels import Channel, channel_named


class ConfiguredTransports:
    """The transports of this installation's channels, each made when it is first asked for."""

    def __init__(self, make_smtp: Callable[[Channel], Transport] | None = None) -> None:
        """Those over SMTP are of `make_smtp`, if it is given, and closed by whoever has it."""
        self._make_smtp = make_smtp
        self._made: dict[str, Transport] = {}
        self._lent: dict[str, Transport] = {}

    def of(self, channel: str) -> Transport:
        """The one that carries the mail of `channel`.

        Raises:
            NoSuchChannel: this installation does not have it.
        """
        found = self._made.get(channel) or self._lent.get(channel)
        return found or self._make(channel_named(channel))

    def _make(self, channel: Channel) -> Transport:
        if self._make_smtp is not None and channel.transport == "smtp":
            made = self._lent[channel.name] = self._make_smtp(channel)
        else:
            made = self._made[channel.name] = _transport_of(channel)
        return made

    def close(self) -> None:
        """Let go of all that is open and ours."""
        for transport in self._made.values():
            transport.close()
        self._made.clear()


def configured() -> ConfiguredTransports:
    """The transports of the channels that the settings name."""
    return ConfiguredTransports()


@contextmanager
def for_a_turn() -> Iterator[ConfiguredTransports]:
    """The same, of which connections over SMTP live on until the next turn."""
    with own_keeper().lending() as lend, closing(ConfiguredTransports(lend)) as transports:
        yield transports


def keys_live_for(channel: Channel) -> timedelta:
    """For how long `channel` knows an idempotency key; none at all if it has none."""
    idempotency = capabilities(channel).idempotency
    return idempotency.remembered_for if idempotency else timedelta(0)


def keys_are_of_calls(channel: Channel) -> bool:
    """Whether a key of `channel` is of all messages of a call, in their order.

    What is in doubt is then asked about as it was handed over, whole batches alone: some of the
    messages of a call would be another call, and be sent twice.
    """
    esp = capabilities(channel)
    return bool(esp.idempotency and esp.distinct)


def _transport_of(channel: Channel) -> Transport:
    match channel.transport:
        case "outbox":
            return OutboxTransport()
        case "smtp":
            return SmtpTransport(channel)
        case _:
            return EspTransport(channel)
