"""Keep the proof of what people agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from subscribers.models import (
    WITH_REGIONS,
    ConsentEvent,
    ConsentKind,
    ConsentSource,
    InterestSet,
    SignUpRequest,
    Subscription,
)


@dataclass(frozen=True)
class Shown:
    """What a person saw when they acted, and where."""

    wording: str
    language: str
    page: str
    #: As :func:`cut_network` gives it.
    network: str = ""
    source: ConsentSource = ConsentSource.PAGE


def record(
    subscription: Subscription, kind: ConsentKind, shown: Shown, *, reason: str = ""
) -> None:
    """Append that `kind` happened to `subscription`, with the interests it now stands for."""
    record_all([subscription], kind, shown, reason=reason)


def record_all(
    subscriptions: Sequence[Subscription], kind: ConsentKind, shown: Shown, *, reason: str = ""
) -> None:
    """The same for each of `subscriptions`, in a few queries."""
    sets = InterestSet.objects.filter(pk__in={one.interest_set_id for one in subscriptions})
    levels = {chosen.pk: chosen.levels for chosen in sets.prefetch_related(WITH_REGIONS)}
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            subscription=subscription,
            kind=kind,
            wording=shown.wording,
            language=shown.language,
            page=shown.page,
            network=shown.network,
            source=shown.source,
            interests=levels[subscription.interest_set_id],
            reason=reason,
        )
        for subscription in subscriptions
    )


def record_request(request: SignUpRequest) -> None:
    """Append what `request` asked for, where and when: the first half of the proof."""
    ConsentEvent.objects.create(
        subscription=request.answered_for,
        kind=ConsentKind.REQUESTED,
        at=request.requested_at,
        wording=request.wording,
        language=request.page_language,
        page=request.page,
        network=request.network,
        interests=request.interest_set.levels,
    )


def cut_network(ip: str) -> str:
    """The network that `ip` lies in, /24 or /48; empty for what is no IP address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address.packed, 48), strict=False))
        address = address.ipv4_mapped
    return str(ip_network((address.packed, 24), strict=False))
