"""Constraints that several models share."""

from __future__ import annotations

from django.db import models


def one_of(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """The column `field` holds one of `choices`, whoever writes it."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": choices.values}),
        name=f"%(app_label)s_%(class)s_{field}_known",
        violation_error_message=f"This is not a known {field}.",
    )
