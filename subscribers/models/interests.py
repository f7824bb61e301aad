"""What readers are interested in: regions, and how much they want of each."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from django.db import models, transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from subscribers.collation import in_order
from subscribers.languages import spoken_to
from subscribers.listing import noted
from subscribers.models.constraints import one_of
from subscribers.models.regions import Region


class Level(models.TextChoices):
    """How much of what is written on a region a reader wants."""

    ALL = "all", _("everything")
    ISSUES = "issues", _("issues only")
    ALERTS = "alerts", _("alerts only")


def with_level(region: str, level: Level) -> str:
    """The region of that name, with how much is wanted of it where that is not everything."""
    return region if level == Level.ALL else noted(region, str(level.label))


#: Levels at which a region's readers get the issues that come regularly.
TAKES_ISSUES = frozenset({Level.ALL, Level.ISSUES})
#: Levels at which they get alerts.
TAKES_ALERTS = frozenset({Level.ALL, Level.ALERTS})

#: What leads from an interest set to its regions, to be fetched ahead.
WITH_REGIONS = "chosen__region"

#: Regions, each at its level where it is a mapping, else at the level of everything.
Interests = Mapping[Region, Level] | Collection[Region]


class InterestSetManager(models.Manager["InterestSet"]):
    def of(self, interests: Interests) -> InterestSet:
        """The one set that holds exactly `interests`, made on first use."""
        levels = (
            interests if isinstance(interests, Mapping) else dict.fromkeys(interests, Level.ALL)
        )
        digest = InterestSet.digest_of({region.code: level for region, level in levels.items()})
        with transaction.atomic():
            interest_set, created = self.get_or_create(digest=digest)
            if created:
                ChosenRegion.objects.bulk_create(
                    ChosenRegion(interest_set=interest_set, region=region, level=level)
                    for region, level in levels.items()
                )
        return interest_set


class InterestSet(models.Model):
    """What a reader is interested in, as one shared value that never changes.

    Readers who chose the same regions at the same levels point at the same row, so an audience
    of a million has some hundreds of distinct interests, and a changed choice is a changed
    pointer.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    regions = models.ManyToManyField(Region, through="ChosenRegion", related_name="interest_sets")

    objects = InterestSetManager()

    class Meta:
        verbose_name = _("interest set")
        verbose_name_plural = _("interest sets")

    def __str__(self) -> str:
        return ", ".join(self.in_words(get_language() or "en"))

    @property
    def levels(self) -> dict[str, Level]:
        """How much is wanted of each region, by its code, in the order of the codes."""
        chosen = ((one.region.code, Level(one.level)) for one in self.chosen.all())
        return dict(sorted(chosen))

    def in_words(self, language: str) -> list[str]:
        """Each region by its name in `language`, with its level where that is not everything."""
        with override(spoken_to(language)):
            return in_order(map(str, self.chosen.all()))

    @staticmethod
    def digest_of(levels: Mapping[str, str]) -> str:
        """The identity of a set of region codes with their levels, whatever their order."""
        lines = sorted(f"{code} {level}" for code, level in levels.items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new set.

        Raises:
            TypeError: the set is stored already; choose another one instead.
        """
        if not self._state.adding:
            raise TypeError("An interest set never changes: point at another one.")
        super().save(*args, **kwargs)


class ChosenRegion(models.Model):
    """One region of an interest set, and how much is wanted of it: said where not everything."""

    interest_set = models.ForeignKey(InterestSet, models.CASCADE, related_name="chosen")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    level = models.CharField(max_length=6, choices=Level, default=Level.ALL)

    class Meta:
        verbose_name = _("chosen region")
        verbose_name_plural = _("chosen regions")
        constraints = [
            one_of("level", Level),
            models.UniqueConstraint(fields=("interest_set", "region"), name="region_chosen_once"),
        ]

    def __str__(self) -> str:
        return with_level(self.region.name, Level(self.level))


class Choices:
    """What some interest sets hold, read in two queries however many they are."""

    def __init__(self, interest_sets: Collection[int]) -> None:
        """`interest_sets` are ids."""
        self._chosen: dict[int, list[tuple[int, str]]] = {pk: [] for pk in interest_sets}
        chosen = ChosenRegion.objects.filter(interest_set__in=self._chosen)
        for pk, region, level in chosen.values_list("interest_set", "region", "level"):
            self._chosen[pk].append((region, level))
        self._regions = Region.objects.in_bulk({pk for of in self._chosen.values() for pk, _ in of})

    def in_words(self, interest_sets: Collection[int], language: str) -> Mapping[int, list[str]]:
        """Of each of `interest_sets` (ids), what :meth:`InterestSet.in_words` says."""
        chosen = {pk: self._chosen[pk] for pk in interest_sets}
        with override(spoken_to(language)):
            words = {
                (region, level): with_level(self._regions[region].name, Level(level))
                for region, level in {one for of in chosen.values() for one in of}
            }
            return {pk: in_order(map(words.__getitem__, of)) for pk, of in chosen.items()}
