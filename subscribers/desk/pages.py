"""What every page of the desk on which something is changed has in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.db import models
from django.http import HttpRequest

from subscribers.desk.auditing import AuditedAdmin
from subscribers.desk.dates import DayField, MomentField


class DeskForms(BaseModelAdmin):
    """The fields of the desk's forms."""

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """As Django does; days are typed as everyone reads them."""
        if isinstance(db_field, models.DateTimeField):
            kwargs.setdefault("form_class", MomentField)
        elif isinstance(db_field, models.DateField):
            kwargs.setdefault("form_class", DayField)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class DeskAdmin(DeskForms, AuditedAdmin):
    """A page on which rows are changed."""


class DeskStackedInline(DeskForms, admin.StackedInline):
    """Parts of a row, below one another."""


class DeskTabularInline(DeskForms, admin.TabularInline):
    """Parts of a row, one a line."""
