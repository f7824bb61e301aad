"""Constraints that several models share."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


def one_of(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """The column `field` holds one of `choices`, whatever writes it."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": choices.values}),
        name=f"%(app_label)s_%(class)s_{field}_known",
        violation_error_message=f"This is not a known {field}.",
    )


def both_or_neither(one: str, other: str) -> models.CheckConstraint:
    """Of the two texts `one` and `other`, none is filled without the other."""
    return models.CheckConstraint(
        condition=~(models.Q((one, "")) ^ models.Q((other, ""))),
        name=f"%(app_label)s_%(class)s_{one}_goes_whole",
        violation_error_message=_("Translate all of it, or nothing."),
    )
