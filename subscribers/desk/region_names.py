"""What a region is called in each language: a field of the form for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminTextInputWidget
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from subscribers.desk.generic import ModelForm
from subscribers.directions import direction_of
from subscribers.fallback import LAST_RESORT
from subscribers.languages import name_of
from subscribers.models import Publication, Region
from subscribers.models.regions import LONGEST_NAME, name_to_find

PREFIX = "names_"


def languages_of(region: Region | None) -> list[str]:
    """In which names can be written: those of the site, of any publication, and its own."""
    of_publications = Publication.objects.order_by("pk").values_list("languages", flat=True)
    tags: Iterable[str] = (
        LAST_RESORT,
        *(tag for tag, _name in settings.LANGUAGES),
        *(tag for languages in of_publications for tag in languages),
        *(region.names or () if region else ()),
    )
    return list(dict.fromkeys(tags))


def field_of(language: str) -> str:
    """What the field for the name in `language` is called."""
    return f"{PREFIX}{language}"


def name_fields(languages: Iterable[str]) -> dict[str, forms.Field]:
    """A field for each of `languages`, by its name. English is needed: it stands in for all."""
    return {field_of(language): _field(language) for language in languages}


class NamesForm(ModelForm[Region]):
    """A form of a region with a field for its name in each of `name_languages`."""

    name_languages: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in self.name_languages:
            self.initial[field_of(language)] = (self.instance.names or {}).get(language, "")

    def _post_clean(self) -> None:
        """As Django does, with the names of all languages as one value."""
        typed = {tag: self.cleaned_data.get(field_of(tag), "") for tag in self.name_languages}
        names = {**(self.instance.names or {}), **typed}
        # Without an English one it is refused: the page that says so calls it as it is stored.
        if names.get(LAST_RESORT):
            self.instance.names = {tag: name for tag, name in names.items() if name}
        super()._post_clean()  # type: ignore[misc]


def _field(language: str) -> forms.Field:
    field = forms.CharField(
        label=_("Name (%(language)s)") % {"language": capfirst(name_of(language))},
        required=language == LAST_RESORT,
        max_length=LONGEST_NAME,
        validators=[name_to_find],
        widget=AdminTextInputWidget(attrs={"lang": language, "dir": str(direction_of(language))}),
    )
    if language == LAST_RESORT:
        field.help_text = _("It stands in wherever there is no other name.")
    return field
