"""Our adapters to what carries mail."""

from __future__ import annotations

from datetime import timedelta

from newsletter.transports.base import Transport
from newsletter.transports.esp import EspTransport
from newsletter.transports.esp_capabilities import capabilities
from newsletter.transports.outbox import OutboxTransport
from newsletter.transports.smtp import SmtpTransport
from subscribers.channels import Channel, channel_named


class ConfiguredTransports:
    """The transports of this installation's channels, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Transport] = {}

    def of(self, channel: str) -> Transport:
        """The one that carries the mail of `channel`.

        Raises:
            NoSuchChannel: this installation does not have it.
        """
        if channel not in self._made:
            self._made[channel] = _transport_of(channel_named(channel))
        return self._made[channel]

    def close(self) -> None:
        """Let go of all that is open."""
        for transport in self._made.values():
            transport.close()
        self._made.clear()


def configured() -> ConfiguredTransports:
    """The transports of the channels that the settings name."""
    return ConfiguredTransports()


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
