"""How a publication looks and introduces itself: in its emails, and on its readers' pages."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Cast
from django.db.models.lookups import Regex
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from subscribers.colours import (
    DARK_GROUNDS,
    HEX,
    LIGHT_GROUNDS,
    colour_of,
    least_contrast,
    nearest_on_dark,
    nearest_on_light,
    readable,
)
from subscribers.logos import logo_path, logo_url
from subscribers.models.constraints import in_languages, one_of
from subscribers.models.texts import TextsField, Words

#: The accents of a publication that has not chosen its own, in email.
HOUSE_ACCENT, HOUSE_ACCENT_IN_THE_DARK = "#0b4f6c", "#9cd0ea"
#: Pixels that a logo takes at most where it is shown; its file has twice as many.
LOGO_WIDTH, LOGO_HEIGHT = 240, 56
#: Words, as in “letter”: what they stand for is known to those who arrange parts.
_LIST_OF_WORDS = r'^\[("[a-z_]+"(, "[a-z_]+")*)?\]\Z'


def on_light(value: str) -> None:
    """Refuse what is no colour, or cannot be read on light grounds."""
    _refuse_unreadable(value, LIGHT_GROUNDS, nearest_on_light)


def on_dark(value: str) -> None:
    """Refuse what is no colour, or cannot be read on dark grounds."""
    _refuse_unreadable(value, DARK_GROUNDS, nearest_on_dark)


def _refuse_unreadable(value: str, grounds: tuple[str, ...], nearest: Any) -> None:
    colour = colour_of(value)
    if not colour:
        raise ValidationError(_("Write the colour like #0b4f6c."))
    if not readable(colour, grounds):
        raise ValidationError(
            _(
                "%(colour)s is hard to read here: its contrast is %(contrast)s to 1, and it takes "
                "4.5. The nearest colour that works is %(nearest)s."
            ),
            params={
                "colour": colour,
                # Cut, not rounded: what is refused must not seem to be enough.
                "contrast": f"{int(least_contrast(colour, grounds) * 100) / 100:.2f}",
                "nearest": nearest(colour),
            },
        )


class ColourField(models.CharField):  # type: ignore[type-arg]
    """A colour as CSS writes it, in six digits; empty for none."""

    def to_python(self, value: Any) -> Any:
        """In one spelling, however it was typed."""
        typed = super().to_python(value)
        return (colour_of(typed) or typed) if typed else typed


class MastheadPlace(models.TextChoices):
    """Where the line of the masthead stands."""

    ABOVE = "above", _("above the name")
    BELOW = "below", _("below the name")


class Face(models.Model):
    """What a publication looks like and says of itself. Everything in it may be left empty."""

    accent = ColourField(
        _("accent colour"),
        max_length=7,
        blank=True,
        validators=[on_light],
        help_text=_("Like #0b4f6c, for links, lines and buttons. Empty: the usual blue."),
    )
    accent_dark = ColourField(
        _("accent colour in dark mode"),
        max_length=7,
        blank=True,
        validators=[on_dark],
        help_text=_("Empty: the accent colour, as much lighter as dark mode needs."),
    )
    #: SHA-256 of the file of the logo, which is its name in the folder of logos; empty for none.
    logo_hash = models.CharField(max_length=64, blank=True, editable=False)
    #: How its name ends.
    logo_kind = models.CharField(max_length=4, blank=True, editable=False)
    #: In pixels of the place that it takes.
    logo_width = models.PositiveSmallIntegerField(
        default=0, editable=False, validators=[MaxValueValidator(LOGO_WIDTH)]
    )
    logo_height = models.PositiveSmallIntegerField(
        default=0, editable=False, validators=[MaxValueValidator(LOGO_HEIGHT)]
    )
    logo_alt = TextsField(
        _("the logo in words"),
        max_length=120,
        blank=True,
        help_text=_("For readers who do not see it. Empty: the name of the publication."),
    )
    masthead = TextsField(
        _("line with the name"),
        max_length=120,
        blank=True,
        help_text=_("Like “Security, region by region” or the name of your organisation."),
    )
    masthead_place = models.CharField(
        _("where that line stands"),
        max_length=5,
        choices=MastheadPlace,
        default=MastheadPlace.BELOW,
    )
    contact = TextsField(
        _("contact line"),
        max_length=200,
        blank=True,
        help_text=_("In every footer, like “Questions? Write to editors@example.org.”"),
    )
    footer = TextsField(
        _("footer text"),
        max_length=600,
        blank=True,
        lines=False,
        help_text=_("At the end of every email and page. An empty line starts a paragraph."),
    )
    measured = TextsField(
        _("what its trends measure"),
        max_length=60,
        blank=True,
        help_text=_(
            "In the singular, as it starts the sentence “… is up in Kayes, down in Segou”: "
            "“Jihadist activity”."
        ),
    )
    section_order = models.JSONField(
        _("order of an issue’s parts"),
        default=list,
        blank=True,
        help_text=_("The bottom line and the trends always come first."),
    )

    class Meta:
        abstract = True

    @property
    def light_accent(self) -> str:
        """The accent on light grounds."""
        return self.accent or HOUSE_ACCENT

    @property
    def dark_accent(self) -> str:
        """The accent on dark grounds: what was chosen, or what can be read there."""
        if self.accent_dark or not self.accent:
            return self.accent_dark or HOUSE_ACCENT_IN_THE_DARK
        return nearest_on_dark(self.accent)

    @property
    def accent_sheet(self) -> str:
        """The address of the style sheet with its accents; empty if it has none of its own."""
        if not (self.accent or self.accent_dark):
            return ""
        light, dark = (one.removeprefix("#") for one in (self.light_accent, self.dark_accent))
        return reverse("subscribers:accent", kwargs={"light": light, "dark": dark})

    @property
    def logo_src(self) -> str:
        """The address of its logo for pages of this site."""
        return logo_path(self.logo_hash, self.logo_kind)

    @property
    def logo_url(self) -> str:
        """The same for mail."""
        return logo_url(self.logo_hash, self.logo_kind)


def paragraphs_of(words: Words) -> tuple[Words, ...]:
    """The paragraphs of a text, between which lines are empty."""
    parts = re.split(r"\n\s*\n", words.replace("\r\n", "\n").strip())
    return tuple(words.reworded(part.strip()) for part in parts if part.strip())


def face_constraints() -> list[models.CheckConstraint]:
    """What holds of a face, whatever writes it."""
    lines = ("logo_alt", "masthead", "contact", "measured")
    return [
        *(_is_colour(field) for field in ("accent", "accent_dark")),
        one_of("masthead_place", MastheadPlace),
        *(in_languages(field, optional=True) for field in lines),
        in_languages("footer", lines=False, optional=True),
        models.CheckConstraint(
            condition=models.Q(logo_hash="", logo_width=0, logo_height=0)
            | models.Q(
                logo_hash__regex=r"^[0-9a-f]{64}\Z",
                logo_kind__in=("png", "jpg"),
                logo_width__gt=0,
                logo_height__gt=0,
            ),
            name="publication_logo_is_whole",
        ),
        models.CheckConstraint(
            condition=Regex(Cast(models.F("section_order"), models.TextField()), _LIST_OF_WORDS),
            name="publication_section_order_is_a_list",
        ),
    ]


def _is_colour(field: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(**{field: ""}) | models.Q(**{f"{field}__regex": HEX}),
        name=f"publication_{field}_is_a_colour",
        violation_error_message=_("Write the colour like #0b4f6c."),
    )
