"""Kinds of text that stand in mail: one line, and an address that mail comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from subscribers.addresses import normalise
from subscribers.errors import AskForAnotherAddress
from subscribers.languages import LONGEST_TAG, tag_of

# Django's fields are generic to the type checker alone.
if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
    _EmailField = models.EmailField[str, str]
else:
    _CharField = models.CharField
    _EmailField = models.EmailField

#: What ends a line for some reader of it, and what turns the direction of all that follows it
#: (Unicode's embeddings, overrides and isolates). Marks that only say a direction are words'.
NOT_IN_A_LINE = r"[\u0001-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]"

one_line = RegexValidator(
    NOT_IN_A_LINE,
    _("Write it on one line, without invisible control characters. Type it again by hand."),
    inverse_match=True,
)


says_something = RegexValidator(
    r"[^\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u2064\u3164\ufeff]",
    _("Nothing of this can be seen. Type it again by hand."),
)


def known_language(tag: str) -> None:
    """Refuse what is no language, or not written as its tag is."""
    if not tag or tag_of(tag) != tag:
        raise ValidationError(
            _("“%(tag)s” is not a language. Write tags such as en, fr, pt-BR or ar."),
            params={"tag": tag},
        )


class LanguageField(_CharField):
    """A language by its tag (BCP 47)."""

    default_validators = [known_language]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": LONGEST_TAG, **kwargs})


class LineField(_CharField):
    """Words on one line, which may come to stand in a header."""

    default_validators = [one_line, says_something]


class SenderField(_EmailField):
    """An address of ours. Its domain is kept as the DNS has it, in ASCII."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """The address as every mail server takes it, or a sentence on what to write instead."""
        try:
            return normalise(super().clean(value, model_instance))
        except AskForAnotherAddress as error:
            raise ValidationError(str(error)) from error

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The same where nobody validated; what it cannot be made of, the database refuses."""
        try:
            address = normalise(getattr(model_instance, self.attname))
        except AskForAnotherAddress:
            return super().pre_save(model_instance, add)
        setattr(model_instance, self.attname, address)
        return address
