"""The regions at the desk: found however they are typed, added, and mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Field, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers.collation import fold
from subscribers.desk.pages import DeskAdmin, DeskTabularInline
from subscribers.desk.region_form import RegionForm, SpellingForm, SpellingFormSet
from subscribers.desk.region_names import field_of, languages_of, name_fields
from subscribers.errors import RegionInUse
from subscribers.languages import name_of
from subscribers.listing import listed
from subscribers.models import Region, RegionKind, RegionOrigin, RegionSpelling, SpellingOrigin
from subscribers.models.regions import NAMES
from subscribers.regions.search import matching
from subscribers.services import mending_regions


class SpellingInline(DeskTabularInline):
    """What other people call it. A name that is wrong is removed and added again."""

    model = RegionSpelling
    form = SpellingForm
    formset = SpellingFormSet
    extra = 1
    verbose_name = gettext_lazy("other name")
    verbose_name_plural = gettext_lazy("other names")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).exclude(origin=SpellingOrigin.DERIVED)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Region)
class RegionAdmin(DeskAdmin):
    """What staff change of the regions of the world is left alone by the next loading."""

    form = RegionForm
    list_display = ("code", "name", "kind", "parent", "valid_to", "origin")
    list_display_links = ("code", "name")
    list_filter = ("kind", "origin")
    list_select_related = ("parent",)
    search_fields = ("spellings__folded",)
    search_help_text = gettext_lazy("Search by code, name or another spelling.")
    autocomplete_fields = ("parent", "members", "successors")
    inlines = (SpellingInline,)
    readonly_fields: ClassVar[Any] = ("origin", "changed_here", "outline_now")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        may_change = obj is None or self.has_change_permission(request, obj)
        names = map(field_of, languages_of(obj)) if may_change else ["names_told"]
        places: list[Any] = [
            (None, {"fields": ["code", "kind", "parent", *_if(obj, "origin", "changed_here")]}),
            (_("Names"), {"fields": [*names]}),
            *([(_("Group"), {"fields": ["members"]})] if _may_be_group(obj) else ()),
            (_("Validity"), {"fields": [("valid_from", "valid_to"), "successors"]}),
            (_("Outline"), {"fields": [*_if(obj, "outline_now"), *_upload(obj, may_change)]}),
        ]
        return self.with_base(places, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Codes stay: what was mailed names them. Kinds of what came with the service do too."""
        fixed = _if(obj, "code")
        if obj is not None and obj.origin == RegionOrigin.SHIPPED:
            fixed = ["code", "kind"]
        return (*super().get_readonly_fields(request, obj), *fixed, "names_told")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        languages = languages_of(obj)
        own = {**name_fields(languages), "name_languages": tuple(languages)}
        kwargs["form"] = type("RegionFormInLanguages", (RegionForm,), own)
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "kind":
            # There is one world, and it comes with the service.
            kinds = [("", "---------"), *RegionKind.choices]
            field.choices = [k for k in kinds if k[0] != RegionKind.WORLD]  # type: ignore[attr-defined]
        if field is not None and db_field.name == "code":
            field.help_text = _(
                "Of ISO 3166 or UN M49 where there is one, like ML-1; else “x-” and a name, like"
                " x-WESTERN-MALI. It stays for good."
            )
        return field

    def rows_to_lock(self, pk: Any) -> QuerySet[Region]:
        """With the world: two people may not make a circle, each one half of it."""
        return Region.objects.filter(Q(pk=pk) | Q(kind=RegionKind.WORLD)).order_by("pk")

    def save_model(self, request: HttpRequest, obj: Region, form: Any, change: bool) -> None:
        """Store its outline too, and note what the next loading is to leave alone."""
        mending_regions.note_mended(obj, _as_mended(form.changed_data))
        super().save_model(request, obj, form, change)
        if drawn := form.cleaned_data.get("outline"):
            mending_regions.store_outline(obj, drawn)
        elif form.cleaned_data.get("outline_removed"):
            mending_regions.remove_outline(obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: each region is deleted by itself, with a look at what uses it."""
        return {}

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django does; of a region that is in use, a sentence says by what."""
        region = self.get_object(request, unquote(object_id))
        if region is None or not self.has_delete_permission(request, region):
            return super().delete_view(request, object_id, extra_context)
        try:
            with transaction.atomic():
                mending_regions.check_unused(region)
                return super().delete_view(request, object_id, extra_context)
        except RegionInUse as error:
            messages.error(request, str(error))
            return redirect("admin:subscribers_region_change", region.pk)

    def delete_model(self, request: HttpRequest, obj: Region) -> None:
        mending_regions.delete(obj)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Region], search_term: str
    ) -> tuple[QuerySet[Region], bool]:
        """By any spelling, the best first."""
        if not fold(search_term):
            return queryset, False
        spelled = matching(search_term).filter(region=OuterRef("pk")).order_by("rank")
        ranked = queryset.annotate(rank=Subquery(spelled.values("rank")[:1]))
        return ranked.filter(rank__isnull=False).order_by("rank", "names__en", "code"), False

    @admin.display(description=gettext_lazy("changed here"))
    def changed_here(self, region: Region) -> str:
        """What the next loading leaves alone."""
        return listed(_in_words(region.mended)) or "–"

    @admin.display(description=gettext_lazy("names"))
    def names_told(self, region: Region) -> str:
        return "; ".join(f"{name_of(tag)}: {name}" for tag, name in region.names.items())

    @admin.display(description=gettext_lazy("outline now"))
    def outline_now(self, region: Region) -> str:
        outline = getattr(region, "outline", None)
        return _picture(outline.pieces) if outline else _("As it came with the service, if any.")


def _if(region: Region | None, *fields: str) -> list[str]:
    """`fields` of a region that is there; none of one that is being added."""
    return [] if region is None else list(fields)


def _may_be_group(region: Region | None) -> bool:
    """The kind of what came with the service stays."""
    return region is None or region.origin == RegionOrigin.STAFF or region.kind == RegionKind.GROUP


def _upload(region: Region | None, may_change: bool) -> list[str]:
    if not may_change:
        return []
    return ["outline", "outline_removed"] if hasattr(region, "outline") else ["outline"]


def _as_mended(changed: list[str]) -> Iterator[str]:
    """The fields of a form as the region notes them."""
    for name in changed:
        tag = name.removeprefix("names_")
        yield name if tag == name else f"{NAMES}{tag}"


def _in_words(mended: list[str]) -> Iterator[str]:
    for name in mended:
        tag = name.removeprefix(NAMES)
        if tag != name:
            yield _("name (%(language)s)") % {"language": name_of(tag)}
        elif name == "aliases":
            yield _("other names")
        else:
            yield str(Region._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _picture(pieces: list[list[list[list[float]]]]) -> SafeString:
    """The outline, small, as it lies on a map."""
    points = [point for piece in pieces for ring in piece for point in ring]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    lines = (
        "M" + "L".join(f"{x - west:.3f} {north - y:.3f}" for x, y in ring) + "Z"
        for piece in pieces
        for ring in piece
    )
    return format_html(
        '<svg class="desk-outline" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path d="{}" fill-rule="evenodd"/></svg>',
        f"{max(east - west, 0.001):.3f}",
        f"{max(north - south, 0.001):.3f}",
        _("outline"),
        "".join(lines),
    )
