"""The form in which a correction is written: which parts were wrong, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from newsletter.audience.corrected import readers_by_part
from newsletter.editions.naming import names_of_parts
from newsletter.editions.selection import PartKey
from newsletter.editions.stored import from_json
from newsletter.editorial.correcting import Said
from newsletter.models import CorrectedPart, Correction, Version
from subscribers.directions import direction_of
from subscribers.languages import name_of
from subscribers.models.fields import says_something
from subscribers.models.texts import Texts

#: Of a corrected part, the texts that are written in each language.
_TEXTS = ("wrong", "right")


@dataclass(frozen=True)
class OfferedPart:
    """A part of a version that somebody was sent."""

    part: PartKey
    name: str
    readers: int
    #: What the names of its fields begin with.
    prefix: str

    def field(self, text: str, language: str) -> str:
        return f"{self.prefix}_{text}_{language}"


class CorrectionForm(forms.Form):
    """For each part that somebody was sent, whether it was wrong, and then both texts."""

    def __init__(
        self, version: Version, correction: Correction | None = None, data: Any = None
    ) -> None:
        """With a `correction`, the form begins with what that says."""
        content = from_json(version.content)
        names, readers = names_of_parts(content), readers_by_part(version)
        # Also those that readers were sent it in, and that were written in: publications change.
        written = (tag for one in _parts_of(correction) for tag in one.wrong)
        spoken = (*content.languages, *version.issue.publication.languages)
        self._languages = list(dict.fromkeys([*spoken, *written]))
        self._parts = [
            OfferedPart(part, name, readers[part], f"part{number}")
            for number, (part, name) in enumerate(names.items())
            if readers[part]
        ]
        super().__init__(data, initial=dict(self._initial(correction)) if correction else None)
        for offered in self._parts:
            self.fields[offered.prefix] = forms.BooleanField(label=offered.name, required=False)
            for language in self._languages:
                for text in _TEXTS:
                    self.fields[offered.field(text, language)] = _area(text, language)

    def parts(self) -> Iterator[tuple[OfferedPart, BoundField, list[tuple[str, list[BoundField]]]]]:
        """Each part with its tick, and by language the fields for its texts."""
        for offered in self._parts:
            texts = [
                (name_of(language), [self[offered.field(text, language)] for text in _TEXTS])
                for language in self._languages
            ]
            yield offered, self[offered.prefix], texts

    def clean(self) -> dict[str, Any]:
        """Refuses what was written of a part that is not ticked: nobody’s work is lost."""
        typed: dict[str, Any] = self.cleaned_data
        for offered in self._parts:
            if not typed.get(offered.prefix) and any(self._texts_of(offered)):
                self.add_error(offered.prefix, _("Tick this part, or empty its texts."))
        return typed

    @property
    def said(self) -> list[Said]:
        """What the valid form says of each part that is ticked."""
        return [
            Said(offered.part, *self._texts_of(offered))
            for offered in self._parts
            if self.cleaned_data[offered.prefix]
        ]

    def _texts_of(self, offered: OfferedPart) -> tuple[Texts, Texts]:
        wrong, right = (
            Texts(
                (language, self.cleaned_data.get(offered.field(text, language), ""))
                for language in self._languages
            )
            for text in _TEXTS
        )
        return wrong, right

    def _initial(self, correction: Correction) -> Iterator[tuple[str, Any]]:
        said = {one.part: one for one in _parts_of(correction)}
        for offered in self._parts:
            if one := said.get(offered.part):
                yield offered.prefix, True
                for text in _TEXTS:
                    for language, words in getattr(one, text).items():
                        yield offered.field(text, language), words


def _parts_of(correction: Correction | None) -> list[CorrectedPart]:
    return list(correction.parts.all()) if correction else []


def _area(text: str, language: str) -> forms.Field:
    column: Any = CorrectedPart._meta.get_field(text)
    field: forms.Field = column.formfield(required=False)
    field.validators.append(says_something)
    field.widget.attrs.update(
        rows=4, lang=language, dir=str(direction_of(language)), **{"class": "vLargeTextField"}
    )
    return field
