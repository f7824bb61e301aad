"""Rows are deleted as they were shown to the person who was asked, and as nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import NestedObjects, unquote
from django.core.exceptions import ValidationError
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


class LockingAdmin(ModelAdmin[Any]):
    """Of two who write a row at once, on whichever pages, the second waits for the first."""

    def rows_to_lock(self, pk: Any) -> models.QuerySet[Any]:
        """What is locked while the row `pk` is saved: all pages that write it lock the same."""
        rows: models.QuerySet[Any] = self.model._base_manager.filter(pk=pk)
        return rows

    def lock(self, pk: str) -> None:
        """Lock what belongs to the row `pk` until the transaction ends."""
        try:
            list(self.rows_to_lock(pk).select_for_update().values_list("pk"))
        except (ValueError, ValidationError):
            return  # There is no such row, which is answered as Django does.


class AskingAdmin(LockingAdmin):
    """Asks before anything is deleted, and again where somebody changed it since."""

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
        """As Django does, once the question is answered as it stands now: nothing else deletes."""
        with transaction.atomic():
            if request.method == "POST":
                self.lock(unquote(object_id))
            row = self.get_object(request, unquote(object_id))
            if row is None or not self.has_delete_permission(request, row):
                return super().delete_view(request, object_id, extra_context)
            seen, now = request.GET.get(SEEN), _fingerprint_of_all([row])
            if seen == now:
                return super().delete_view(request, object_id, extra_context)
            if request.method == "POST" and seen is not None:
                messages.warning(request, _look_again())
        query = request.GET.copy()
        query[SEEN] = now
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")


def _delete_as_seen(
    page: AskingAdmin, request: HttpRequest, chosen: models.QuerySet[Any]
) -> HttpResponse | None:
    if request.POST.get("post"):
        for pk in sorted(chosen.values_list("pk", flat=True)):
            page.lock(str(pk))
    seen, now = request.POST.get(SEEN), _fingerprint_of_all(chosen)
    if request.POST.get("post") and seen != now:
        if seen is not None:
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
