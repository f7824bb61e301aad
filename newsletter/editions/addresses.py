"""The addresses that stand in all copies of an edition."""

from __future__ import annotations

from uuid import UUID

from newsletter.links import map_urls, web_url
from newsletter.rendering.slots import Slot


def shared_addresses(public_id: UUID) -> dict[Slot, str]:
    """Those of the edition `public_id`, by their slots."""
    light, dark = map_urls(public_id)
    return {Slot.WEB_URL: web_url(public_id), Slot.MAP_URL: light, Slot.DARK_MAP_URL: dark}
