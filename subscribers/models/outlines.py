"""The borders that staff gave to regions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from subscribers.models.regions import Region

#: Characters of a digest that tell the outlines of one region apart.
DIGEST = 12


class RegionOutline(models.Model):
    """What a region is drawn from on maps, in place of what came with the service, if anything.

    Maps in mail name it by its `digest`: another outline is another address, so that no cache
    shows the old one in new mail.
    """

    region = models.OneToOneField(
        Region, models.CASCADE, related_name="outline", verbose_name=_("region")
    )
    #: As in a MultiPolygon of GeoJSON: the lines around each piece, closed, and then its holes.
    pieces = models.JSONField(_("pieces"))
    #: Where its name stands: longitude and latitude.
    label = models.JSONField(_("place of the name"))
    digest = models.CharField(max_length=DIGEST, editable=False)

    class Meta:
        verbose_name = _("outline")
        verbose_name_plural = _("outlines")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~models.Q(digest=""), name="outline_has_a_digest")
        ]

    def __str__(self) -> str:
        return str(self.region)
