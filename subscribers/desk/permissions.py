"""Rights in the words of the desk. Django stores their names in English, once and for all."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.db import models
from django.utils.translation import gettext, gettext_lazy

from subscribers.desk.generic import ModelMultipleChoiceField
from subscribers.desk.pages import DeskAdmin

#: What each model may have done to it, by the code that Django gives the right to.
_ACTIONS = {
    "add": gettext_lazy("may add"),
    "change": gettext_lazy("may change"),
    "delete": gettext_lazy("may delete"),
    "view": gettext_lazy("may look"),
}


def right_in_words(permission: Permission) -> str:
    """“Issue: may change”, in the language that is active."""
    action = _ACTIONS.get(permission.codename.partition("_")[0])
    return gettext("%(what)s: %(right)s") % {
        "what": permission.content_type,
        "right": gettext(permission.name) if action is None else action,
    }


class RightsField(ModelMultipleChoiceField[Permission]):
    """A choice of rights, each in words."""

    def label_from_instance(self, obj: Any) -> str:
        """As :func:`right_in_words`."""
        return right_in_words(obj)


class RightsInWords(DeskAdmin):
    """A page on which rights are given."""

    def formfield_for_manytomany(
        self,
        db_field: models.ManyToManyField[Any, Any],
        request: Any = None,
        **kwargs: Any,
    ) -> Any:
        """As Django does; rights are told in words."""
        if db_field.related_model is Permission:
            kwargs["form_class"] = RightsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)
