"""What `manage.py check --database default` and `migrate` warn of before any mail is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connections

from newsletter.transports.dkim import Signer
from subscribers.models import Publication


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
            id="newsletter.W001",
        )
        for alias in databases or ()
        for publication in _publications(alias)
        if not signer.speaks_for(publication.from_address)
    ]


def _publications(alias: str) -> Sequence[Publication]:
    # Before the first migration there are none, and no table of them.
    table = Publication._meta.db_table
    with connections[alias].cursor() as cursor:
        exists = table in connections[alias].introspection.table_names(cursor)
    return list(Publication.objects.using(alias).only("name", "from_address")) if exists else []
