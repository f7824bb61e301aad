"""Pictures for the texts of issues: uploaded here, shown by a line in the text."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from newsletter.errors import ChooseAnotherPicture
from newsletter.media.files import delete_picture, save_upload
from newsletter.media.reencoding import LARGEST_FILE, CleanPicture, reencode
from newsletter.models import Picture
from newsletter.rendering.picture_addresses import picture_path
from subscribers.desk.generic import ModelForm
from subscribers.desk.pages import DeskAdmin


class UploadForm(ModelForm[Picture]):
    file = forms.FileField(
        label=_("File"),
        help_text=_("JPEG, PNG, WebP or GIF. Of an animation, the first frame is taken."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )

    class Meta:
        model = Picture
        fields = ("file", "alt")

    def clean_file(self) -> CleanPicture:
        """The picture re-encoded, whatever was uploaded."""
        try:
            return reencode(self.cleaned_data["file"].read(LARGEST_FILE + 1))
        except ChooseAnotherPicture as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(Picture)
class PictureAdmin(DeskAdmin):
    """A picture’s file never changes; the words that stand for it may, for texts to come."""

    list_display = ("thumbnail", "alt", "paste", "created_at")
    list_display_links = ("thumbnail", "alt")
    search_fields = ("alt",)
    readonly_fields = ("preview", "paste", "size", "created_at", "created_by")
    fields = ("preview", "alt", "paste", "size", ("created_at", "created_by"))

    def get_form(
        self, request: HttpRequest, obj: Picture | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            return super().get_form(request, obj, change, form=UploadForm, **kwargs)
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Picture | None = None) -> Any:
        return self.fields if obj else ("file", "alt")

    def save_model(
        self, request: HttpRequest, obj: Picture, form: ModelForm[Picture], change: bool
    ) -> None:
        if change:
            return super().save_model(request, obj, form, change)
        user: Any = request.user
        obj.created_by = user
        return save_upload(obj, form.cleaned_data["file"])

    def delete_model(self, request: HttpRequest, obj: Picture) -> None:
        delete_picture(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Picture]) -> None:
        for picture in queryset:
            delete_picture(picture)

    @admin.display(description=_("picture"))
    def thumbnail(self, picture: Picture) -> str:
        return _shown(picture, "desk-thumbnail")

    @admin.display(description=_("picture"))
    def preview(self, picture: Picture) -> str:
        return _shown(picture, "desk-picture")

    @admin.display(description=_("to show it, write in the text"))
    def paste(self, picture: Picture) -> str:
        return format_html("<code>{}</code>", picture.markdown)

    @admin.display(description=_("size"))
    def size(self, picture: Picture) -> str:
        return f"{picture.width} × {picture.height}"


def _shown(picture: Picture, style: str) -> str:
    address = picture_path(picture.content_hash, picture.kind)
    return format_html(
        '<img src="{}" alt="{}" width="{}" height="{}" class="{}">',
        address,
        picture.alt,
        picture.width,
        picture.height,
        style,
    )
