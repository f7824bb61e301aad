"""The value of a form field: to compare it whichever way it came, and to show it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

#: Browsers send line ends of their own.
_LINE_ENDS = re.compile(r"\r\n?")


def comparable(field: forms.Field, value: Any) -> Any:
    """`value` of `field` as plain JSON, the same for all that the field takes for the same."""
    if value is None or value == "":
        return ""
    if isinstance(field, forms.ModelMultipleChoiceField | forms.MultipleChoiceField):
        return sorted(str(_key(one)) for one in value)
    if isinstance(field, forms.ModelChoiceField):
        return str(_key(value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, str):
        return _LINE_ENDS.sub("\n", value).strip()
    return value if isinstance(value, bool | int | float) else str(value)


def posted_comparable(field: forms.Field, raw: Any) -> Any:
    """What a browser sent for `field`, likewise; None, like no other value, if it is refused."""
    if isinstance(field, forms.ModelMultipleChoiceField | forms.ModelChoiceField):
        return comparable(field, raw)
    try:
        return comparable(field, field.clean(raw))
    except ValidationError:
        return None


def in_words(field: forms.Field, value: Any) -> str:
    """`value` of `field`, stored or sent, as a person reads it."""
    if isinstance(field, forms.ModelChoiceField):
        return _names(field, value) or "–"
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        labels = {str(key): str(label) for key, label in choices}
        chosen = value if isinstance(value, list | tuple) else [value]
        return ", ".join(labels.get(str(one), str(one)) for one in chosen) or "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list | tuple):
        return " ".join(str(one) for one in value if one)
    return value.isoformat(" ") if isinstance(value, datetime) else _text(value)


def _text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return value.isoformat() if isinstance(value, date) else str(value)


def _key(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _names(field: forms.ModelChoiceField[Any], value: Any) -> str:
    many = isinstance(value, Iterable) and not isinstance(value, str)
    keys = [_key(one) for one in (value if many else [value]) if one]
    objects: Any = field.queryset
    try:
        return ", ".join(str(one) for one in objects.filter(pk__in=keys))
    except (TypeError, ValueError):
        return ", ".join(map(str, keys))
