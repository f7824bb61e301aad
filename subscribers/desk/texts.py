"""Forms with a field for each language that a text is written in.

The original has the name of the text, a translation that and its language: `title`, and
`title_fr`. So two editors who translate into two languages touch two fields.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.db import models
from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from subscribers.desk.generic import BaseModelAdmin, ModelForm
from subscribers.directions import direction_of
from subscribers.languages import name_of
from subscribers.models.texts import Texts, TextsField

Places = list[tuple[Any, dict[str, Any]]]


class TextsForm(ModelForm[Any]):
    """A form of a row with texts, in `text_languages`: that of the originals first."""

    text_languages: Sequence[str] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self._texts():
            said: Texts = getattr(self.instance, field.name)
            for name, language in names_of(field.name, self.text_languages):
                given = self.initial.get(name)
                self.initial[name] = said.get(language, given if isinstance(given, str) else "")
                _mark(self.fields[name].widget, language)

    def _texts(self) -> Iterator[TextsField]:
        for field in texts_of_model(self._meta.model):
            if field.name in self.fields:
                yield field

    def _post_clean(self) -> None:
        """As Django does, with the words of all languages as one text."""
        typed: dict[str, Any] = self.cleaned_data
        self.cleaned_data = typed | dict(self._put_together())
        super()._post_clean()  # type: ignore[misc]
        kept = self.cleaned_data.keys()
        self.cleaned_data = {name: value for name, value in typed.items() if name in kept}

    def _put_together(self) -> Iterator[tuple[str, Texts]]:
        for field in self._texts():
            stored: Texts = getattr(self.instance, field.name)
            typed = {
                language: self.cleaned_data.get(name, "")
                for name, language in names_of(field.name, self.text_languages)
            }
            # What was written in a language that the form does not have stays.
            others = {tag: words for tag, words in stored.items() if tag not in typed}
            yield field.name, Texts(typed | others)


class TextsPage(BaseModelAdmin[Any]):
    """A page, or a part of one, whose texts are written in several languages."""

    def languages_of(self, request: HttpRequest, obj: Any) -> Sequence[str]:
        """In which texts of `obj` are written, or of what becomes of it: the original's first.

        Of a part, `obj` is what it is a part of.
        """
        return ()

    def with_texts(
        self, form: type[ModelForm[Any]], request: HttpRequest, obj: Any
    ) -> type[ModelForm[Any]]:
        """`form` with a field for each language of each text."""
        texts = list(texts_of_model(self.model))
        languages = list(dict.fromkeys(self.languages_of(request, obj)))
        if not texts or not languages:
            return form
        fields: dict[str, Any] = {"text_languages": languages}
        for text in texts:
            for name, language in names_of(text.name, languages)[1:]:
                fields[name] = self._translation(text, language, request)
        return type(f"{form.__name__}InLanguages", (TextsForm, form), fields)

    def _translation(self, text: TextsField, language: str, request: HttpRequest) -> Any:
        field: Any = self.formfield_for_dbfield(text, request)
        field.required, field.help_text = False, ""
        field.label = _("%(text)s (%(language)s)") % {
            "text": capfirst(text.verbose_name),
            "language": name_of(language),
        }
        return field

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if isinstance(db_field, TextsField):
            kwargs.setdefault(
                "widget", AdminTextInputWidget if db_field.lines else AdminTextareaWidget
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With a group for each language that texts are translated into, called by its name."""
        places: Any = super().get_fieldsets(request, obj)
        texts = [text.name for text in texts_of_model(self.model)]
        languages = list(dict.fromkeys(self.languages_of(request, obj)))
        if not texts or not languages:
            return places
        return [
            *places,
            *(
                (
                    capfirst(name_of(language)),
                    {"classes": ("collapse",), "fields": _only(places, texts, language)},
                )
                for language in languages[1:]
            ),
        ]

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """What somebody sees of a translation who may only look: Django asks the page."""
            model = vars(self).get("model") or vars(type(self)).get("model")
            for field in texts_of_model(model) if model else ():
                if name.startswith(f"{field.name}_"):
                    return _shown(field, name.removeprefix(f"{field.name}_"))
            raise AttributeError(name)


def texts_of_model(model: type[Model]) -> Iterator[TextsField]:
    return (field for field in model._meta.concrete_fields if isinstance(field, TextsField))


def names_of(text: str, languages: Sequence[str]) -> list[tuple[str, str]]:
    """The fields of a form for `text`, each with its language."""
    original, *others = languages
    return [(text, original), *((_names_one(text, language), language) for language in others)]


def _names_one(text: str, language: str) -> str:
    return f"{text}_{language}"


def _mark(widget: forms.Widget, language: str) -> None:
    widget.attrs.update(lang=language, dir=str(direction_of(language)))


def _only(places: Places, texts: Collection[str], language: str) -> list[Any]:
    """The texts among the fields of `places`, in the rows that they stand in there."""
    rows = (row for _title, options in places for row in options["fields"])
    listed = ([row] if isinstance(row, str) else list(row) for row in rows)
    found = ([_names_one(name, language) for name in row if name in texts] for row in listed)
    return [tuple(row) if len(row) > 1 else row[0] for row in found if row]


def _shown(text: TextsField, language: str) -> Callable[[Any], str]:
    """What somebody sees who may look at a translation only."""

    @admin.display(description=text.verbose_name)
    def shown(row: Any) -> str:
        return getattr(row, text.name).get(language, "") or "–"

    return shown
