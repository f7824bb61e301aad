"""From a batch to what a transport is given."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formataddr

from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from newsletter.models import Batch, Delivery, DeliveryState
from newsletter.rendering.slots import Slot
from newsletter.transports.base import Copy, Parcel
from subscribers.links import preferences_url, unsubscribe_url
from subscribers.models import Publication, RegionSet


def parcel_of(batch: Batch) -> Parcel:
    """What is planned of `batch` and its edition, in a fixed number of queries."""
    edition = batch.edition
    publication = batch.mailing.issue.publication
    planned = batch.deliveries.filter(state=DeliveryState.PLANNED).order_by("pk")
    with translation.override(edition.language):
        return Parcel(
            from_address=formataddr((publication.from_name, publication.from_address)),
            reply_to=publication.reply_to,
            list_id=publication.list_id,
            language=edition.language,
            subject=edition.subject,
            html=edition.html,
            text=edition.text,
            copies=_copies(planned.select_related("subscription", "subscriber"), publication),
        )


def _copies(deliveries: Iterable[Delivery], publication: Publication) -> list[Copy]:
    deliveries = list(deliveries)
    chosen = _chosen_regions({delivery.region_set_id for delivery in deliveries})
    return [
        Copy(
            delivery_id=delivery.pk,
            address=delivery.subscriber.address,
            message_id=_message_id(delivery, publication),
            values={
                Slot.UNSUBSCRIBE_URL: unsubscribe_url(delivery.subscription.public_id),
                Slot.PREFERENCES_URL: preferences_url(delivery.subscription.public_id),
                Slot.CHOSEN_REGIONS: chosen[delivery.region_set_id],
                Slot.SUBSCRIBED_ON: _subscribed_on(delivery, publication),
            },
        )
        for delivery in deliveries
    ]


def _chosen_regions(region_sets: Iterable[int]) -> dict[int, str]:
    """Each set in the words of the language that is active: "Kayes, Segou and Senegal"."""
    sets = RegionSet.objects.filter(pk__in=region_sets).prefetch_related("regions")
    return {
        chosen.pk: get_text_list(sorted(region.name for region in chosen.regions.all()), _("and"))
        for chosen in sets
    }


def _subscribed_on(delivery: Delivery, publication: Publication) -> str:
    confirmed_at = delivery.subscription.confirmed_at
    if confirmed_at is None:
        raise ValueError(f"Delivery {delivery.pk} is planned without a confirmed subscription.")
    return date_format(confirmed_at.astimezone(publication.zone), "j F Y")


def _message_id(delivery: Delivery, publication: Publication) -> str:
    """The same at every try, unlike that of any other delivery, and nothing to guess from."""
    local = salted_hmac("newsletter.message-id", str(delivery.pk), algorithm="sha256").hexdigest()
    domain = publication.from_address.rpartition("@")[2]
    return f"{local[:32]}@{domain}"
