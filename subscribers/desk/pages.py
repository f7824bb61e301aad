"""What every page of the desk on which something is changed has in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from subscribers.desk.auditing import AuditedAdmin
from subscribers.desk.choosing import ChooseFromAll, ChooseOne, ChooseSome
from subscribers.desk.dates import DayField, MomentField
from subscribers.desk.deleting import AskingAdmin
from subscribers.desk.generic import (
    InlineModelAdmin,
    ModelForm,
    StackedInline,
    TabularInline,
)
from subscribers.desk.merging import BASE, MergingForm
from subscribers.desk.merging_parts import MergingFormSet
from subscribers.desk.texts import TextsPage
from subscribers.desk.values import in_words


class DeskForms(TextsPage):
    """The forms of the desk: days mean one day, and nobody’s work is overwritten."""

    #: Relations whose rows are deleted along with a row.
    goes_with: tuple[str, ...] = ()

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """As Django does; days are typed as everyone reads them."""
        if isinstance(db_field, models.DateTimeField):
            kwargs.setdefault("form_class", MomentField)
        elif isinstance(db_field, models.DateField):
            kwargs.setdefault("form_class", DayField)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChooseOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField[Any, Any], request: Any = None, **kwargs: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChooseSome(db_field, self.admin_site))
        elif db_field.name in self.filter_horizontal:
            kwargs.setdefault("widget", ChooseFromAll(db_field.verbose_name, is_stacked=False))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, Any]]:
        """With the hidden fingerprints, where there is a row that may be changed."""
        return self.with_base(super().get_fieldsets(request, obj), request, obj)

    def with_base(self, places: Any, request: HttpRequest, obj: Any) -> list[tuple[Any, Any]]:
        """`places` with the hidden fingerprints, where there is a row that may be changed."""
        found: list[tuple[Any, Any]] = [
            (name, {**options, "fields": [f for f in options["fields"] if f != BASE]})
            for name, options in places
        ]
        if obj is not None and self.has_change_permission(request, obj):
            found[0][1]["fields"].append(BASE)
        return found

    def merging(self, form: type[ModelForm[Any]]) -> type[ModelForm[Any]]:
        """`form`, merging what others saved meanwhile."""
        own = {"goes_with": self.goes_with}
        return type(f"Merging{form.__name__}", (MergingForm, form), own)


class DeskAdmin(DeskForms, AskingAdmin, AuditedAdmin):
    """A page on which rows are changed."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = self.with_texts(kwargs.get("form", self.form), request, obj)
        if obj is not None:
            form = self.merging(form)
        if form is not self.form:  # Django has a form of its own for a new user
            kwargs["form"] = form
        return super().get_form(request, obj, change=change, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django does; of two who save at once, the second merges what the first saved."""
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            self.lock(unquote(object_id))
            return super().changeform_view(request, object_id, form_url, extra_context)

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet[Any], *where: Any
    ) -> HttpResponse | None:
        """As Django does; what is done to several rows is done and recorded whole."""
        with transaction.atomic():
            return super().response_action(request, queryset, *where)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Where it was deleted while somebody wrote in it, their text comes back."""
        if request.method != "POST":
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)  # type: ignore[misc, no-any-return]
        context = {
            **self.admin_site.each_context(request),
            "opts": opts,
            "title": _("Deleted meanwhile"),
            "texts": list(self._texts_sent(request)),
        }
        return TemplateResponse(request, "admin/desk/deleted_meanwhile.html", context, status=409)

    def _texts_sent(self, request: HttpRequest) -> Iterator[tuple[str, str]]:
        gone = self.model()
        parts = [
            part
            for formset, _inline in self.get_formsets_with_inlines(request, gone)
            for part in formset(request.POST, prefix=formset.get_default_prefix()).forms
        ]
        for form in (self.get_form(request, gone, change=True)(request.POST), *parts):
            for bound in form.visible_fields():
                if bound.name != "DELETE" and bound.data:
                    yield str(bound.label), in_words(bound.field, bound.data)


class DeskInline(DeskForms, InlineModelAdmin[Any, Any]):
    """Parts of a row on its page."""

    formset = MergingFormSet

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = self.with_texts(kwargs.get("form", self.form), request, obj)
        kwargs["form"] = self.merging(form)
        return super().get_formset(request, obj, **kwargs)


class DeskStackedInline(DeskInline, StackedInline[Any, Any]):
    """Parts of a row, below one another."""


class DeskTabularInline(DeskInline, TabularInline[Any, Any]):
    """Parts of a row, one a line."""
