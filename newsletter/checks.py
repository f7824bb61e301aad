"""What `manage.py check` should tell before any mail is sent.

What is about stored publications is told by `manage.py check --database default`, and `migrate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connections

from newsletter.receivers import what_is_missing
from newsletter.transports.dkim import Signer
from subscribers.models import Publication


@checks.register()
def webhooks_are_open(**_kwargs: Any) -> list[checks.CheckMessage]:
    """An ESP is in use and has no way to report what became of the mail."""
    if settings.MAIL_TRANSPORT in ("outbox", "smtp") or settings.WEBHOOKS_OPEN:
        return []
    return [
        checks.Warning(
            "Bounces and complaints are not heard of: the addresses under /anymail/ are closed.",
            hint="Set ANYMAIL_WEBHOOK_SECRET to user:password with a long random password, and "
            "give the ESP the address that docs/howto/configure.md says.",
            id="newsletter.W001",
        )
    ]


@checks.register()
def doors_have_their_keys(**_kwargs: Any) -> list[checks.CheckMessage]:
    """An ESP may report, and what its reports are verified with is not set."""
    esps = settings.WEBHOOK_ESPS if settings.WEBHOOKS_OPEN else []
    return [
        checks.Warning(
            f"Reports of {esp} are not taken: {missing}",
            hint="docs/howto/configure.md says what each ESP needs.",
            id="newsletter.W003",
        )
        for esp in esps
        if (missing := what_is_missing(esp))
    ]


@checks.register(checks.Tags.database)
def publications_are_signed_for(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[checks.CheckMessage]:
    """Every publication's address goes with the domain that signs its mail."""
    signer = Signer.configured() if settings.MAIL_TRANSPORT == "smtp" else None
    if signer is None:
        return []
    return [
        checks.Warning(
            f"{publication} is sent from {publication.from_address}, which DKIM_DOMAIN does not "
            "go with: its mailings will stop.",
            hint="Send it from an address of that domain, or from one above or below it.",
            id="newsletter.W002",
        )
        for alias in databases or ()
        for publication in _publications(alias)
        if not signer.speaks_for(publication.from_address)
    ]


@checks.register(checks.Tags.database)
def publications_tell_of_privacy(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[checks.CheckMessage]:
    """People who give an address are told what becomes of it, once mail leaves the machine."""
    if settings.MAIL_TRANSPORT == "outbox":
        return []
    return [
        checks.Warning(
            f"{publication} does not say how it handles its readers’ data: the GDPR (article 13) "
            "asks for that where an address is given.",
            hint="Enter its page about privacy in the admin, under Publications.",
            id="newsletter.W003",
        )
        for alias in databases or ()
        for publication in _publications(alias)
        if not publication.privacy_url
    ]


def _publications(alias: str) -> Sequence[Publication]:
    # Before the first migration there are none, and no table of them.
    table = Publication._meta.db_table
    with connections[alias].cursor() as cursor:
        exists = table in connections[alias].introspection.table_names(cursor)
    return (
        list(Publication.objects.using(alias).only("name", "from_address", "privacy_url"))
        if exists
        else []
    )
