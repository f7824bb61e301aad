"""What `manage.py check` should tell before any mail is sent.

What is about stored publications is told by `manage.py check --database default`, and `migrate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import connections

from newsletter.receivers import what_is_missing
from newsletter.transports.dkim import why_unsigned
from subscribers.channels import channels
from subscribers.models import Publication


@checks.register()
def webhooks_are_open(**_kwargs: Any) -> list[checks.CheckMessage]:
    """An ESP is in use and has no way to report what became of the mail."""
    return [
        checks.Warning(
            f"Bounces and complaints of mail by the channel {name} are not heard of: its addresses "
            "under /anymail/ are closed.",
            hint=f"Set {channel.variable('ANYMAIL_WEBHOOK_SECRET')} to user:password with a long "
            "random password, and give the ESP the address that docs/howto/configure.md says.",
            id="newsletter.W001",
        )
        for name, channel in channels().items()
        if channel.is_esp and not channel.webhooks_open
    ]


@checks.register()
def doors_have_their_keys(**_kwargs: Any) -> list[checks.CheckMessage]:
    """An ESP may report, and what its reports are verified with is not set."""
    return [
        checks.Warning(
            f"Reports of {esp} to the channel {name} are not taken: {missing}",
            hint="docs/howto/configure.md says what each ESP needs.",
            id="newsletter.W005",
        )
        for name, channel in channels().items()
        for esp in channel.reporting
        if (missing := what_is_missing(esp, channel))
    ]


@checks.register(checks.Tags.database)
def publications_have_their_channels(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[checks.CheckMessage]:
    """Every publication's channel is set up."""
    return [
        checks.Warning(
            f"The mail of {publication} leaves by the channel {publication.channel}, which is not "
            "set up: its mailings will stop, and its notices wait.",
            hint="Add it to MAIL_CHANNELS, or choose another one in the admin, under Publications.",
            id="newsletter.W004",
        )
        for alias in databases or ()
        for publication in _publications(alias)
        if publication.channel not in channels()
    ]


@checks.register(checks.Tags.database)
def publications_are_signed_for(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[checks.CheckMessage]:
    """Every publication's address goes with a domain that signs its mail."""
    return [
        checks.Warning(
            f"The mail of {publication} does not leave: {why}",
            hint="Add a key of its domain to DKIM_KEYS, or send it from an address of a domain "
            "that has one, or from one above or below it.",
            id="newsletter.W002",
        )
        for alias in databases or ()
        for publication in _publications(alias)
        if _transport_of(publication) == "smtp" and (why := why_unsigned(publication.from_address))
    ]


@checks.register(checks.Tags.database)
def publications_tell_of_privacy(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[checks.CheckMessage]:
    """People who give an address are told what becomes of it, once mail leaves the machine."""
    return [
        checks.Warning(
            f"{publication} does not say how it handles its readers’ data: the GDPR (article 13) "
            "asks for that where an address is given.",
            hint="Enter its page about privacy in the admin, under Publications.",
            id="newsletter.W003",
        )
        for alias in databases or ()
        for publication in _publications(alias)
        if not publication.privacy_url and _transport_of(publication) not in ("outbox", "")
    ]


def _transport_of(publication: Publication) -> str:
    """What carries its mail; empty where its channel is not set up."""
    channel = channels().get(publication.channel)
    return channel.transport if channel else ""


def _publications(alias: str) -> Sequence[Publication]:
    # Before the first migration there are none, and no table of them.
    table = Publication._meta.db_table
    with connections[alias].cursor() as cursor:
        exists = table in connections[alias].introspection.table_names(cursor)
    return (
        list(
            Publication.objects.using(alias).only("name", "from_address", "privacy_url", "channel")
        )
        if exists
        else []
    )
