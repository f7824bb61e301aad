"""Channels as tests have them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from subscribers.channels import MAIN, Channel, NoSuchChannel, channel_named
from tests.newsletter.fakes import FakeTransport


def main(**otherwise: Any) -> Channel:
    """The channel `main` as the settings are at this moment, with what is `otherwise`."""
    return replace(channel_named(MAIN), **otherwise)


class ByChannel(dict[str, FakeTransport]):
    """A fake transport for each channel; there are no others."""

    def __init__(self, **transports: FakeTransport) -> None:
        super().__init__(transports)

    def of(self, channel: str) -> FakeTransport:
        if channel not in self:
            raise NoSuchChannel(channel)
        return self[channel]
