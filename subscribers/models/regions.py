"""Places, their other names, and the sets of them that readers choose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscribers.collation import in_order
from subscribers.models.constraints import one_of


class RegionKind(models.TextChoices):
    WORLD = "world", _("world")
    SUBREGION = "subregion", _("subregion")
    COUNTRY = "country", _("country")
    ADMIN1 = "admin1", _("first-level division")
    ADMIN2 = "admin2", _("second-level division")
    GROUP = "group", _("named group")


class Region(models.Model):
    """A place in the tree world › subregion › country › admin-1 › admin-2, or a named group.

    `code` is the ISO 3166 or UN M49 code where there is one, else `x-…`. A group stands
    beside the tree: it has members, and choosing it is choosing each of them.
    """

    code = models.CharField(_("code"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=RegionKind)
    name_en = models.CharField(_("name in English"), max_length=80)
    name_fr = models.CharField(_("name in French"), max_length=80)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("lies in"),
    )
    members = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="groups", verbose_name=_("members")
    )
    successors = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="predecessors"
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        ordering = ("name_en", "code")
        verbose_name = _("region")
        constraints = [
            one_of("kind", RegionKind),
            models.CheckConstraint(
                condition=models.Q(kind="world") ^ models.Q(parent__isnull=False),
                name="only_the_world_has_no_parent",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__gt=models.F("valid_from"))
                | models.Q(valid_to=None)
                | models.Q(valid_from=None),
                name="region_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language that is active."""
        return self.name_in(get_language() or "en")

    def name_in(self, language: str) -> str:
        """The name in `language`, English where there is no other."""
        return self.name_fr if language.startswith("fr") else self.name_en


class RegionAlias(models.Model):
    """Another way to write a region, for finding it: Timbuktu, Tombouctou, ML-6.

    `folded` is the text without accents and case. Two regions may share one: a name is
    not an identity.
    """

    region = models.ForeignKey(Region, models.CASCADE, related_name="aliases")
    text = models.CharField(max_length=80)
    folded = models.CharField(max_length=80, db_index=True)

    class Meta:
        verbose_name = _("other spelling")
        verbose_name_plural = _("other spellings")
        constraints = [
            models.UniqueConstraint(fields=("region", "folded"), name="one_alias_once_a_region")
        ]

    def __str__(self) -> str:
        return self.text


class InterestSetManager(models.Manager["InterestSet"]):
    def of(self, regions: Iterable[Region]) -> InterestSet:
        """The one set that holds exactly `regions`, made on first use."""
        members = {region.code: region for region in regions}
        digest = InterestSet.digest_of(members)
        with transaction.atomic():
            chosen, created = self.get_or_create(digest=digest)
            if created:
                chosen.regions.set(members.values())
        return chosen


class InterestSet(models.Model):
    """What a reader is interested in, as one shared value that never changes.

    Readers who chose the same regions point at the same row, so an audience of a million
    has some hundreds of distinct interests, and a changed choice is a changed pointer.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    regions = models.ManyToManyField(Region, related_name="interest_sets")

    objects = InterestSetManager()

    class Meta:
        verbose_name = _("interest set")
        verbose_name_plural = _("interest sets")

    def __str__(self) -> str:
        return ", ".join(in_order(region.name for region in self.regions.all()))

    @staticmethod
    def digest_of(codes: Iterable[str]) -> str:
        """The identity of a set of region codes, whatever their order."""
        return hashlib.sha256("\n".join(sorted(set(codes))).encode()).hexdigest()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new set.

        Raises:
            TypeError: the set is stored already; choose another one instead.
        """
        if not self._state.adding:
            raise TypeError("An interest set never changes: point at another one.")
        super().save(*args, **kwargs)
