"""Constraints that several models share."""

from __future__ import annotations

from django.db import models

from subscribers.addresses import MAILABLE
from subscribers.channels import NAME as CHANNEL_NAME
from subscribers.errors import AskForAnotherAddress
from subscribers.models.fields import NOT_IN_A_LINE, one_line, says_something
from subscribers.models.texts import TAG, says


def one_of(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """The column `field` holds one of `choices`, whatever writes it."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": choices.values}),
        name=f"%(app_label)s_%(class)s_{field}_known",
        violation_error_message=f"This is not a known {field}.",
    )


def is_a_language(field: str) -> models.CheckConstraint:
    """The column `field` holds the tag of a language, whatever writes it."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__regex": rf"^{TAG}\Z"}),
        name=f"%(app_label)s_%(class)s_{field}_is_a_language",
        violation_error_message=f"This is not a {field}.",
    )


def is_one_line(field: str) -> models.CheckConstraint:
    """The text `field` can stand in a header of mail, whatever writes it."""
    return models.CheckConstraint(
        condition=~models.Q(**{f"{field}__regex": NOT_IN_A_LINE}),
        name=f"%(app_label)s_%(class)s_{field}_is_one_line",
        violation_error_message=one_line.message,
    )


def is_a_channel(field: str) -> models.CheckConstraint:
    """The column `field` holds what may be the name of a channel, whatever writes it."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__regex": CHANNEL_NAME}),
        name=f"%(app_label)s_%(class)s_{field}_is_a_name",
        violation_error_message="This is not the name of a channel.",
    )


def is_mailable_everywhere(field: str) -> models.CheckConstraint:
    """Every mail server takes the address `field` as it stands."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__regex": MAILABLE}),
        name=f"%(app_label)s_%(class)s_{field}_is_mailable",
        violation_error_message=AskForAnotherAddress.sentence,
    )


def in_languages(
    field: str, *, lines: bool = True, optional: bool = False
) -> models.CheckConstraint:
    """The text `field` has an original, and no language without words; unless it is `optional`."""
    return models.CheckConstraint(
        condition=says(field, lines=lines, optional=optional),
        name=f"%(app_label)s_%(class)s_{field}_in_languages",
        violation_error_message=one_line.message if lines else says_something.message,
    )
