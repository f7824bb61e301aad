"""Texts: what one piece of writing says, in one language or in many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MaxLengthValidator, URLValidator
from django.db import models
from django.db.models.functions import Cast
from django.db.models.lookups import IContains, Regex
from django.db.models.query_utils import DeferredAttribute
from django.utils.text import capfirst
from django.utils.translation import get_language

from subscribers.languages import nearest
from subscribers.models.fields import NOT_IN_A_LINE, one_line, says_something

#: What a text may be made from: a mapping, or pairs of language and words, the original first.
Said = Mapping[str, str] | Iterable[Iterable[str]]

# Django's fields are generic to the type checker alone.
if TYPE_CHECKING:
    _JSONField = models.JSONField[Said, "Texts"]
else:
    _JSONField = models.JSONField


class Words(str):
    """A text in one language, as its readers get it."""

    __slots__ = ("lang", "only_in")

    #: The language that it is in, where its readers asked for another one; otherwise empty.
    only_in: str
    #: The same, where what stands around it is in another one: for `lang` and `dir`.
    lang: str

    def __new__(cls, words: str = "", only_in: str = "", lang: str | None = None) -> Words:
        """Without `lang`, what stands around it is in the language that its readers asked for."""
        self = super().__new__(cls, words)
        self.only_in = only_in if words else ""
        self.lang = (only_in if lang is None else lang) if words else ""
        return self

    def reworded(self, words: str) -> Words:
        """Other `words` in the same language."""
        return Words(words, self.only_in, self.lang)


class Texts(Mapping[str, str]):
    """The words of one text by language (BCP 47), the original first. It never changes.

    A language in which there are no words is not there. As a string, it is what a person
    reads whose language is active.
    """

    __slots__ = ("_words",)

    def __init__(self, said: Said = ()) -> None:
        if isinstance(said, str):
            raise TypeError("A text needs the language that its words are in.")
        pairs = said.items() if isinstance(said, Mapping) else said
        self._words = {tag: words for tag, words in pairs if words}

    def __getitem__(self, language: str) -> str:
        return self._words[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Texts):
            return self.pairs == other.pairs
        return super().__eq__(other)

    def __hash__(self) -> int:
        return hash(tuple(self._words.items()))

    def __repr__(self) -> str:
        return f"Texts({self._words!r})"

    def __str__(self) -> str:
        return self.told(get_language() or "")

    @property
    def pairs(self) -> list[list[str]]:
        """Languages and words as JSON holds them."""
        return [list(pair) for pair in self._words.items()]

    @property
    def language(self) -> str:
        """The language of the original; empty where there is no text at all."""
        return next(iter(self._words), "")

    @property
    def original(self) -> str:
        return self._words.get(self.language, "")

    def told(self, language: str, frame: str = "") -> Words:
        """The words for readers of `language`; where there are none, those of the original.

        They come to stand among words in `frame`, or in `language`.
        """
        found = nearest(language, self._words)
        tag = found or self.language
        is_as_around = nearest(frame or language, [tag]) if tag else tag
        return Words(
            self._words.get(tag, ""),
            only_in="" if found else tag,
            lang="" if is_as_around else tag,
        )


class _PlainJSON(json.JSONEncoder):
    """Letters as they are, so that words are found in a column and measured alike everywhere."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False})


class _TextsAttribute(DeferredAttribute):
    """Gives `Texts`, whatever was set."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value if _is_expression(value) else texts_of(value)


class TextsField(_JSONField):
    """A text in as many languages as it was written in, the original first.

    `max_length` counts the characters in each language. With `lines`, each has one line.
    """

    descriptor_class = _TextsAttribute

    def __init__(self, *args: Any, lines: bool = True, **kwargs: Any) -> None:
        self.lines = lines
        super().__init__(*args, **{"default": Texts, **kwargs, "encoder": _PlainJSON})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["encoder"]
        return name, path, args, kwargs if self.lines else {**kwargs, "lines": False}

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return texts_of(super().from_db_value(value, expression, connection))

    def to_python(self, value: Any) -> Texts:
        return texts_of(value)

    def get_prep_value(self, value: Any) -> Any:
        return value if _is_expression(value) else texts_of(value).pairs

    def value_to_string(self, obj: models.Model) -> Any:
        return self.value_from_object(obj).pairs

    def validate(self, value: Texts, model_instance: models.Model | None) -> None:
        models.Field.validate(self, value, model_instance)

    def run_validators(self, value: Texts) -> None:
        for words in value.values():
            self.check_words(words)

    def check_words(self, words: str) -> None:
        """Refuse what this text cannot say in any language.

        Raises:
            ValidationError: with the sentence why.
        """
        for validate in self.words_validators:
            validate(words)

    @property
    def words_validators(self) -> list[Any]:
        longest = [MaxLengthValidator(self.max_length)] if self.max_length else []
        return [*longest, *((one_line, says_something) if self.lines else ())]

    def formfield(self, **kwargs: Any) -> Any:
        """A field for the words in one language: a form has one for each."""
        given = {
            "label": capfirst(self.verbose_name),
            "required": not self.blank,
            "help_text": self.help_text,
            "max_length": self.max_length,
            "widget": forms.TextInput if self.lines else forms.Textarea,
            "validators": self.words_validators,
        }
        form_class = kwargs.pop("form_class", forms.CharField)
        return form_class(**{**given, **kwargs})


class AddressesField(TextsField):
    """The address of a page that there may be in several languages."""

    @property
    def words_validators(self) -> list[Any]:
        return [*super().words_validators, URLValidator(schemes=("http", "https"))]

    def formfield(self, **kwargs: Any) -> Any:
        given = {"form_class": forms.URLField, "assume_scheme": "https"}
        # Such a field of a form looks at its addresses itself.
        given["validators"] = super().words_validators
        return super().formfield(**{**given, **kwargs})


@TextsField.register_lookup
class InSomeLanguage(IContains):
    """`__icontains`: the words are in the text, in whatever language."""

    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:  # noqa: ARG002
        return "%s", [value]


def texts_of(value: Any) -> Texts:
    """`value` as a text in languages; none is an empty one."""
    return value if isinstance(value, Texts) else Texts(value or ())


def _is_expression(value: Any) -> bool:
    return hasattr(value, "resolve_expression")


TAG = r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"
#: Not nothing; what JSON writes with a backslash counts as it is.
_WORDS = r'(?!")[^"\\]*(\\.[^"\\]*)*'
_LINE = rf'(?!")[^"\\{NOT_IN_A_LINE[1:-1]}]*(\\["\\][^"\\{NOT_IN_A_LINE[1:-1]}]*)*'


def lists_languages(field: str, *, optional: bool = False) -> Regex:
    """The column `field` holds one tag or more; or none, where that is `optional`."""
    tags = rf'"{TAG}"(, "{TAG}")*'
    pattern = rf"^\[({tags})?\]\Z" if optional else rf"^\[{tags}\]\Z"
    return Regex(Cast(models.F(field), models.TextField()), pattern)


def says(field: str, *, lines: bool = True, optional: bool = False) -> Regex:
    """The column `field` holds an original with words, and translations with words, if any.

    With `lines`, all of them on one line; `optional` where nothing may be written at all.
    """
    pair = rf'\["{TAG}", "{_LINE if lines else _WORDS}"\]'
    pairs = rf"{pair}(, {pair})*"
    pattern = rf"^\[({pairs})?\]\Z" if optional else rf"^\[{pairs}\]\Z"
    return Regex(Cast(models.F(field), models.TextField()), pattern)
