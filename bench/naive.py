"""The way it is usually done: rendering and sending reader by reader."""

from __future__ import annotations

import time

#: Readers of one run: it is slow, and its rate does not depend on the number.
NAIVE = 300


def naive_rate(backend: str) -> float:
    """Readers a second, over one connection of the Django `backend`."""
    from django.core.mail import EmailMultiAlternatives, get_connection

    from newsletter.editions.compose import Composer
    from newsletter.editions.stored import from_json
    from newsletter.models import Mailing
    from subscribers.regions import RegionTree

    mailing = Mailing.objects.select_related("version").latest("pk")
    content, tree = from_json(mailing.version.content), RegionTree.load()
    readers = mailing.deliveries.select_related("subscriber").order_by("pk")[:NAIVE]
    start = time.perf_counter()
    with get_connection(backend) as relay:
        for delivery in readers:
            codes = delivery.interest_set.regions.values_list("code", flat=True)
            edition = Composer(content, tree).edition_for(codes, language="en", mail_format="html")
            message = EmailMultiAlternatives(
                edition.subject, edition.text, "desk@news.example.org", [delivery.mailbox]
            )
            message.attach_alternative(edition.html, "text/html")
            # Anymail's; other backends do not look at it.
            message.metadata = {"d": str(delivery.pk)}  # type: ignore[attr-defined]
            relay.send_messages([message])
    return NAIVE / (time.perf_counter() - start)
