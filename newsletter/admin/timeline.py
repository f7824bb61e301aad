"""The history of a mailing in words, as its page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.ledger.wording import why_in_words
from newsletter.models import ActorKind, HistoryEntry, Mailing
from newsletter.rendering.words import number

#: Of a longer history, so many of the latest are shown.
MOST = 200


@dataclass(frozen=True)
class Moment:
    """One thing that happened, in the language of who reads it."""

    at: datetime
    what: str
    details: str
    who: str


def timeline_of(mailing: Mailing) -> list[Moment]:
    """What happened to `mailing`, the newest last, in two queries."""
    of_mailing = HistoryEntry.objects.filter(mailing=mailing)
    entries = list(of_mailing.order_by("-pk")[:MOST])[::-1]
    names = User.objects.in_bulk({entry.user_id for entry in entries if entry.user_id})
    return [
        Moment(
            at=entry.at,
            what=capfirst(entry.get_transition_display()),
            details=" · ".join(_details(entry)),
            who=_who(entry, names.get(entry.user_id or 0)),
        )
        for entry in entries
    ]


def _details(entry: HistoryEntry) -> Iterator[str]:
    if entry.batch_id is not None:
        yield _("batch %(number)s") % {"number": entry.batch_id}
    if entry.why:
        yield why_in_words(entry.why, entry.about)
    elif emails := entry.about.get("number"):
        text = ngettext("%(number)s email", "%(number)s emails", emails)
        yield text % {"number": number(emails)}


def _who(entry: HistoryEntry, user: User | None) -> str:
    if user is not None:
        return user.get_username()
    if entry.user_id is not None:
        return _("former user %(number)s") % {"number": entry.user_id}
    if entry.actor_kind == ActorKind.WORKER:
        return _("worker %(name)s") % {"name": entry.actor_name}
    if entry.actor_kind == ActorKind.ESP:
        return _("mail service (%(name)s)") % {"name": entry.actor_name}
    return entry.actor_name or str(entry.get_actor_kind_display())
