"""Choosing regions in a form of something of a publication: of those that it covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.http import HttpRequest

from subscribers.desk.choosing import COVERED_BY, ChooseOne, ChooseSome
from subscribers.desk.generic import ModelForm
from subscribers.desk.pages import DeskForms
from subscribers.models import Publication, Region


class _Covered:
    """A field that asks for the regions of some publications only."""

    publications: Sequence[int] = ()

    def get_url(self) -> str:
        url: str = super().get_url()  # type: ignore[misc]
        return f"{url}?{COVERED_BY}={','.join(map(str, self.publications))}"


class _ChooseOneCovered(_Covered, ChooseOne):
    pass


class _ChooseSomeCovered(_Covered, ChooseSome):
    pass


class CoveredRegions(DeskForms):
    """Forms that choose among the regions that a publication covers; among all if it names none."""

    def publication_of(self, obj: Any) -> int | None:
        """The key of that of `obj`, of which this is the page, or on whose page this is a part."""
        key: int | None = obj.publication_id if obj else None
        return key

    def with_texts(
        self, form: type[ModelForm[Any]], request: HttpRequest, obj: Any
    ) -> type[ModelForm[Any]]:
        """As all forms do; what they are about is noted for their fields, which are not told."""
        request.publications = _publications(request, self.publication_of(obj))  # type: ignore[attr-defined]
        return super().with_texts(form, request, obj)

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.related_model is Region:
            kwargs.setdefault("widget", self._told(_ChooseOneCovered, db_field, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField[Any, Any], request: Any = None, **kwargs: Any
    ) -> Any:
        if db_field.related_model is Region:
            kwargs.setdefault("widget", self._told(_ChooseSomeCovered, db_field, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _told(self, kind: Any, db_field: Any, request: HttpRequest) -> Any:
        widget = kind(db_field, self.admin_site)
        widget.publications = getattr(request, "publications", ())
        return widget


def _publications(request: HttpRequest, own: int | None) -> list[int]:
    """`own`; of what is new the one that is chosen; as long as none is, all."""
    chosen = own or (request.POST or request.GET).get("publication", "")
    everyone = Publication.objects.order_by("pk").values_list("pk", flat=True)
    if str(chosen).isdecimal() and (found := list(everyone.filter(pk=chosen))):
        return found
    return list(everyone)
