"""The order of an issue's parts, chosen place by place: it takes a keyboard and no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.models import SectionKind, kinds_in_order


def _movable(chosen: Sequence[str] = ()) -> list[str]:
    """All kinds in order but the bottom line, which opens every issue."""
    return [kind for kind in kinds_in_order(chosen) if kind != SectionKind.BOTTOM_LINE]


class SectionOrderWidget(forms.MultiWidget):
    """A list of kinds for each place."""

    def __init__(self) -> None:
        kinds = [(kind, capfirst(SectionKind(kind).label)) for kind in _movable()]
        places = [forms.Select(attrs={"class": "desk-place"}, choices=kinds) for _kind in kinds]
        super().__init__(places)

    def decompress(self, value: Any) -> list[Any]:
        return _movable(value or ())

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        typed = value if value and len(value) == len(self.widgets) else _movable(value or ())
        context: dict[str, Any] = super().get_context(name, typed, attrs)
        for place, select in enumerate(context["widget"]["subwidgets"], start=1):
            select["attrs"]["aria-label"] = _("Part %(place)d") % {"place": place}
        return context


class SectionOrderField(forms.MultiValueField):
    """Kinds of sections in order; none at all where it is the usual one."""

    default_error_messages = {"twice": gettext_lazy("Put each kind of part in one place.")}

    def __init__(self, **kwargs: Any) -> None:
        kinds = [(kind, SectionKind(kind).label) for kind in _movable()]
        fields = [forms.ChoiceField(choices=kinds) for _kind in kinds]
        super().__init__(fields, required=False, widget=SectionOrderWidget(), **kwargs)

    def compress(self, data_list: Any) -> list[str]:
        chosen = list(data_list or ())
        if len(set(chosen)) < len(chosen):
            raise forms.ValidationError(self.error_messages["twice"], code="twice")
        return [] if chosen == _movable() else chosen

    def has_changed(self, initial: Any, data: Any) -> bool:
        chosen = [kind for kind in data or () if kind]
        return _movable(chosen) != _movable(initial or ())
