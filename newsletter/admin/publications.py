"""The page of a publication: its settings, with a look at what becomes of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from newsletter.admin.section_order import SectionOrderField
from newsletter.errors import ChooseAnotherPicture
from newsletter.media.reencoding import LARGEST_FILE, CleanPicture, reencode
from subscribers.admin import PublicationAdmin
from subscribers.desk.generic import ModelForm
from subscribers.logos import store_logo
from subscribers.models import LOGO_HEIGHT, LOGO_WIDTH, Publication

#: Of 255: a logo of which no pixel is darker would hardly be seen on its white plate.
_TOO_LIGHT = 148


class PublicationForm(ModelForm[Publication]):
    """The settings of a publication; a logo is chosen as a file, and drawn again."""

    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_(
            "JPEG, PNG, WebP or GIF. It is shown on white, in dark mode too, within 240 by 56 "
            "pixels."
        ),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    logo_removed = forms.BooleanField(label=_("Remove the logo"), required=False, initial=False)

    def clean_logo(self) -> CleanPicture | None:
        """The logo re-encoded, whatever was uploaded; None if nothing was."""
        file = self.cleaned_data["logo"]
        return _drawn(file.read(LARGEST_FILE + 1)) if file else None

    def _post_clean(self) -> None:
        """As Django does, with the logo as it was chosen."""
        super()._post_clean()  # type: ignore[misc]
        drawn = self.cleaned_data.get("logo")
        if drawn:
            width, height = _place_of(drawn)
            self.instance.logo_kind = str(drawn.kind)
            self.instance.logo_width, self.instance.logo_height = width, height
        elif self.cleaned_data.get("logo_removed"):
            self.instance.logo_hash = self.instance.logo_kind = ""
            self.instance.logo_width = self.instance.logo_height = 0


def _drawn(raw: bytes) -> CleanPicture:
    try:
        drawn = reencode(raw, box=(2 * LOGO_WIDTH, 2 * LOGO_HEIGHT))
    except ChooseAnotherPicture as error:
        raise forms.ValidationError(str(error)) from error
    if drawn.darkest > _TOO_LIGHT:
        raise forms.ValidationError(
            _("This logo is too light to be seen on white. Choose a darker version of it.")
        )
    return drawn


def _place_of(drawn: CleanPicture) -> tuple[int, int]:
    """The pixels that it takes where it is shown: half of its own, for sharp screens."""
    by = min(LOGO_WIDTH / drawn.width, LOGO_HEIGHT / drawn.height, 1)
    return max(1, round(drawn.width * by)), max(1, round(drawn.height * by))


admin.site.unregister(Publication)


@admin.register(Publication)
class PublicationDesk(PublicationAdmin):
    form = PublicationForm
    readonly_fields: ClassVar[Any] = ("former_slugs", "logo_now")
    fieldsets: ClassVar[Any] = (
        (
            _("Identity"),
            {
                "fields": (
                    "name",
                    "slug",
                    "former_slugs",
                    "description",
                    "logo_now",
                    ("logo", "logo_removed"),
                    "logo_alt",
                    ("accent", "accent_dark"),
                    "masthead",
                    "masthead_place",
                )
            },
        ),
        (
            _("Emails and issues"),
            {
                "fields": (
                    "measured",
                    "section_order",
                    "contact",
                    "footer",
                    "postal_address",
                    "privacy_url",
                    "mail_when_nothing",
                )
            },
        ),
        (
            _("Sign-up and archive"),
            {"fields": ("regions", "languages", "archive_open")},
        ),
        (
            _("Sending"),
            {
                "fields": (
                    "from_name",
                    "from_address",
                    "reply_to",
                    "list_id",
                    "approval",
                    "time_zone",
                    "undo_seconds",
                )
            },
        ),
    )

    @admin.display(description=_("logo now"))
    def logo_now(self, publication: Publication) -> str:
        if not publication.logo_hash:
            return "–"
        return format_html(
            '<img src="{}" alt="{}" width="{}" height="{}" class="desk-logo">',
            publication.logo_src,
            publication.logo_alt or publication.name,
            publication.logo_width,
            publication.logo_height,
        )

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "section_order":
            return SectionOrderField(
                label=_("Order of an issue’s parts"), help_text=db_field.help_text
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Publication, form: Any, change: bool) -> None:
        """Store the file of a new logo too, before the row that names it."""
        if drawn := form.cleaned_data.get("logo"):
            obj.logo_hash = store_logo(drawn.content, drawn.kind)
        super().save_model(request, obj, form, change)
