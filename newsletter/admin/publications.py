"""The page of a publication: its settings, with a look at what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Field
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from newsletter.admin.face_preview import email_frame, sign_up_frame
from newsletter.admin.pages import visible
from newsletter.admin.section_order import SectionOrderField
from newsletter.errors import ChooseAnotherPicture
from newsletter.media.reencoding import LARGEST_FILE, CleanPicture, reencode
from subscribers.admin import PublicationAdmin
from subscribers.desk.generic import ModelForm
from subscribers.languages import name_of
from subscribers.logos import hash_of, store_logo
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "list_id" in self.fields:
            self.fields["list_id"].required = False
            self.fields["list_id"].help_text = _(
                "Empty: made of the short name and the domain of the sender’s address. Mail "
                "programs sort by it: never change it."
            )

    def replaces(self) -> dict[str, str]:
        """Which logo a file, or the tick, would take the place of."""
        return dict.fromkeys(("logo", "logo_removed"), self.instance.logo_hash)

    def clean(self) -> dict[str, Any]:
        """With a List-Id for a new publication that was given none."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        slug, sender = typed.get("slug"), typed.get("from_address")
        if typed.get("list_id") == "" and slug and sender:
            typed["list_id"] = f"{slug.replace('_', '-')}.{sender.rpartition('@')[2]}"
        return typed

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
            self.instance.logo_hash = hash_of(drawn.content)
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


def _problems_of(form: Any) -> Iterator[str]:
    """Why what is typed cannot be saved; what that is about becomes again what is stored."""
    if form.is_valid():
        return
    stored = Publication.objects.get(pk=form.instance.pk)
    for name, sentences in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        yield from (f"{label}: {sentence}" if label else sentence for sentence in sentences)
        for field in Publication._meta.concrete_fields:
            if name == field.name or name.startswith(f"{field.name}_"):
                setattr(form.instance, field.name, getattr(stored, field.name))


admin.site.unregister(Publication)


@admin.register(Publication)
class PublicationDesk(PublicationAdmin):
    form = PublicationForm
    readonly_fields: ClassVar[Any] = (*PublicationAdmin.readonly_fields, "logo_now")
    fieldsets: ClassVar[Any] = (
        PublicationAdmin.fieldsets[0],
        (_("Logo"), {"fields": ("logo_now", ("logo", "logo_removed"), "logo_alt")}),
        *PublicationAdmin.fieldsets[1:],
    )

    def get_urls(self) -> list[URLPattern]:
        look = require_http_methods(["GET", "HEAD", "POST"])(self.look_view)
        mine: list[URLPattern] = [
            path(
                "<path:object_id>/look/",
                self.admin_site.admin_view(look),
                name="subscribers_publication_look",
            )
        ]
        return mine + super().get_urls()

    def look_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """An email or the sign-up page with what is typed, for the frame beside it.

        Nothing is saved. What cannot be saved is said, and shown as it is stored.
        """
        publication: Publication = visible(self, request, object_id)
        if not self.has_change_permission(request, publication):
            raise PermissionDenied
        logo, problems = None, []
        if request.method == "POST":
            form: Any = self.get_form(request, publication, change=True)
            form = form(request.POST, request.FILES, instance=publication)
            problems = list(_problems_of(form))
            logo = form.cleaned_data.get("logo")
        language = request.POST.get("_language", "")
        if language not in publication.languages:
            language = publication.languages[0]
        if request.POST.get("_look") == "signup":
            return sign_up_frame(request, publication, language, logo=logo, problems=problems)
        dark = request.POST.get("_scheme") == "dark"
        return email_frame(publication, language, dark=dark, logo=logo, problems=problems)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Adds the languages that the preview can be in."""
        publication = self.get_object(request, unquote(object_id))
        offered = publication.languages if publication else ()
        look = {"look_languages": [(tag, name_of(tag)) for tag in offered]}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **look})

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
            store_logo(drawn.content, drawn.kind)
        super().save_model(request, obj, form, change)
