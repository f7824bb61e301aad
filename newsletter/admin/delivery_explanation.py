"""Why a reader got, or did not get, one mailing: the ledger's line about them in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletter.editions.naming import names_of_parts
from newsletter.editions.numbering import parts_held
from newsletter.editions.stored import from_json
from newsletter.models import Delivery, DeliveryState
from newsletter.models.obstacles import obstacle_in_words
from subscribers import days
from subscribers.listing import listed
from subscribers.time_zones import place_of

OUTCOMES: Mapping[str, object] = {
    DeliveryState.EXCLUDED: gettext_lazy("No email: %(reason)s."),
    DeliveryState.PLANNED: gettext_lazy("Waiting to be sent."),
    DeliveryState.ACCEPTED: gettext_lazy("The mail service accepted the email on %(at)s."),
    DeliveryState.REJECTED: gettext_lazy("No email was sent: %(reason)s (%(at)s)."),
    DeliveryState.FAILED: gettext_lazy("Given up on %(at)s: %(reason)s."),
    DeliveryState.SKIPPED: gettext_lazy(
        "The reader was left out at the last moment, on %(at)s: %(reason)s."
    ),
    DeliveryState.UNKNOWN: gettext_lazy(
        "The email may or may not have been accepted on %(at)s: %(reason)s."
    ),
}


def explain(delivery: Delivery) -> Iterator[str]:
    """What became of `delivery` and why, a sentence each."""
    yield from _choice(delivery)
    yield _edition(delivery)
    yield str(OUTCOMES[delivery.state]) % {
        "reason": delivery.get_reason_display(),
        "at": moment(delivery.settled_at, delivery),
    }
    yield from _tries(delivery)
    yield from _reported(delivery)
    if delivery.obstacle:
        yield capfirst(obstacle_in_words(delivery.obstacle, delivery.detail))
    elif delivery.detail:
        yield _("The mail service’s own words: %(detail)s") % {"detail": delivery.detail}


def chosen_since(delivery: Delivery) -> str:
    """What the reader of `delivery` chose since; empty if that is the same.

    It is about their subscription: not for all who may look at deliveries.
    """
    now = delivery.subscription.interest_set
    if now.pk == delivery.interest_set_id:
        return ""
    return _("By now the choice is: %(regions)s.") % {"regions": now}


def sections_of(delivery: Delivery) -> list[str]:
    """The titles of the parts that their edition is made of."""
    if delivery.edition is None:
        return []
    content = from_json(delivery.mailing.version.content)
    held = parts_held(delivery.edition, content)
    if content.is_correction:
        return [name for part, name in names_of_parts(content).items() if part in held]
    return [str(part.title) for part in content.sections if part.id in held]


def _choice(delivery: Delivery) -> Iterator[str]:
    if delivery.mailing.is_correction:
        return
    chosen = str(delivery.interest_set)
    if delivery.edition is None:
        yield _("When the audience was fixed, the reader’s choice was: %(regions)s.") % {
            "regions": chosen
        }
    else:
        yield _("The email was made for the reader’s choice: %(regions)s.") % {"regions": chosen}


def _edition(delivery: Delivery) -> str:
    if delivery.edition is None:
        return _("No edition was made for it.")
    if delivery.mailing.is_correction:
        return _("It corrects: %(titles)s.") % {"titles": listed(sections_of(delivery))}
    parts = delivery.mailing.version.content["sections"]
    return _("Sections in it: %(some)s of %(all)s (%(titles)s).") % {
        "some": len(sections_of(delivery)),
        "all": len(parts),
        "titles": listed(sections_of(delivery)),
    }


def moment(at: datetime | None, delivery: Delivery) -> str:
    """`at` by the clock of the publication, and where that is."""
    if at is None:
        return "–"
    zone = delivery.mailing.issue.publication.zone
    return f"{days.moment(timezone.localtime(at, zone))} ({place_of(zone.key)})"


def _reported(delivery: Delivery) -> Iterator[str]:
    if delivery.outcome is not None and delivery.outcome_at is not None:
        yield _("Later the mail service reported: %(outcome)s (%(at)s).") % {
            "outcome": delivery.get_outcome_display(),
            "at": moment(delivery.outcome_at, delivery),
        }


def _tries(delivery: Delivery) -> Iterator[str]:
    tries = delivery.attempts
    if tries:
        text = ngettext("It was handed over once.", "It was handed over %(number)d times.", tries)
        yield text % {"number": tries}
    if delivery.resends:
        yield _(
            "No answer came the first time, so it was queued again: if the first one did "
            "arrive, the reader gets two."
        )
