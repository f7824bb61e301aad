"""Rows are deleted as they were shown to the person who was asked, and as nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import NestedObjects, unquote
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from subscribers.desk.generic import ModelAdmin
from subscribers.desk.merging import fingerprint_of
from subscribers.services.auditing import values_of

#: The fingerprint of all that would be deleted: in the address of the page that asks about one
#: row, and in the form that asks about several.
SEEN = "seen"


class AskingAdmin(ModelAdmin[Any]):
    """Asks again where somebody changed, since it asked, what would be deleted."""

    delete_selected_confirmation_template = "admin/desk/delete_selected.html"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """As Django has them; the one that deletes does so as it was asked about."""
        actions: dict[str, Any] = super().get_actions(request)
        if "delete_selected" in actions:
            actions["delete_selected"] = (_delete_as_seen, *actions["delete_selected"][1:])
        return actions

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id))
            if row is None or not self.has_delete_permission(request, row):
                return super().delete_view(request, object_id, extra_context)
            seen, now = request.GET.get(SEEN), _fingerprint_of_all([row])
            if seen == now or (seen is None and request.method == "POST"):
                return super().delete_view(request, object_id, extra_context)
            if request.method == "POST":
                messages.warning(request, _look_again())
        query = request.GET.copy()
        query[SEEN] = now
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")


def _delete_as_seen(
    page: ModelAdmin[Any], request: HttpRequest, chosen: models.QuerySet[Any]
) -> HttpResponse | None:
    seen, now = request.POST.get(SEEN), _fingerprint_of_all(chosen)
    if request.POST.get("post") and seen not in (None, now):
        messages.warning(request, _look_again())
        request.POST = _without_the_answer(request)  # type: ignore[assignment]
    answer = delete_selected(page, request, chosen)
    if isinstance(answer, TemplateResponse) and answer.context_data is not None:
        answer.context_data[SEEN] = now
    return answer


def _without_the_answer(request: HttpRequest) -> QueryDict:
    """The form as it was before the person said yes, so that they are asked again."""
    form = request.POST.copy()
    del form["post"]
    return form


def _look_again() -> str:
    return _("This was changed while you had it open. Look again before you delete it.")


def _fingerprint_of_all(rows: Iterable[models.Model]) -> str:
    """The fingerprint of `rows` and of all that is deleted along with them."""
    collector = NestedObjects(using=DEFAULT_DB_ALIAS)
    collector.collect(list(rows))
    gone = (one for kind in collector.data.values() for one in kind)
    return fingerprint_of(sorted([one._meta.label, one.pk, values_of(one)] for one in gone))
