"""Django's classes of pages and forms, with the model that they are for as their type argument.

Types are checked with it; when the code runs, Django's own take none (as of 5.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, StackedInline, TabularInline
    from django.contrib.admin.options import BaseModelAdmin, InlineModelAdmin
    from django.contrib.auth.admin import UserAdmin
    from django.forms import BaseInlineFormSet, ModelForm, ModelMultipleChoiceField
else:
    from django import forms
    from django.contrib import admin
    from django.contrib.admin import options
    from django.contrib.auth import admin as auth_admin

    def _with_an_argument(cls: type) -> type:
        """A class that is `cls`, and the same whatever stands in brackets after it."""
        taking = {"__class_getitem__": classmethod(lambda same, _model: same)}
        return type(cls)(cls.__name__, (cls,), {"__module__": __name__, **taking})

    BaseInlineFormSet: Any = _with_an_argument(forms.BaseInlineFormSet)
    BaseModelAdmin: Any = _with_an_argument(options.BaseModelAdmin)
    InlineModelAdmin: Any = _with_an_argument(options.InlineModelAdmin)
    ModelAdmin: Any = _with_an_argument(admin.ModelAdmin)
    ModelForm: Any = _with_an_argument(forms.ModelForm)
    ModelMultipleChoiceField: Any = _with_an_argument(forms.ModelMultipleChoiceField)
    StackedInline: Any = _with_an_argument(admin.StackedInline)
    TabularInline: Any = _with_an_argument(admin.TabularInline)
    UserAdmin: Any = _with_an_argument(auth_admin.UserAdmin)

__all__ = [
    "BaseInlineFormSet",
    "BaseModelAdmin",
    "InlineModelAdmin",
    "ModelAdmin",
    "ModelForm",
    "ModelMultipleChoiceField",
    "StackedInline",
    "TabularInline",
    "UserAdmin",
]
