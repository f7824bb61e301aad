"""A row is deleted as it was shown to the person who was asked, and as nothing else."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import NestedObjects, unquote
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from subscribers.desk.merging import fingerprint_of
from subscribers.services.auditing import values_of

#: In the address of the page that asks: the fingerprint of all that would be deleted.
SEEN = "seen"


class AskingAdmin(admin.ModelAdmin):
    """Asks again where somebody changed, since it asked, what would be deleted."""

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id))
            if row is None or not self.has_delete_permission(request, row):
                return super().delete_view(request, object_id, extra_context)
            seen, now = request.GET.get(SEEN), _fingerprint_of_all(row)
            if seen == now or (seen is None and request.method == "POST"):
                return super().delete_view(request, object_id, extra_context)
            if request.method == "POST":
                text = _("This was changed while you had it open. Look again before you delete it.")
                messages.warning(request, text)
        query = request.GET.copy()
        query[SEEN] = now
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")


def _fingerprint_of_all(row: models.Model) -> str:
    """The fingerprint of `row` and of all that is deleted along with it."""
    collector = NestedObjects(using=DEFAULT_DB_ALIAS)
    collector.collect([row])
    gone = (one for rows in collector.data.values() for one in rows)
    return fingerprint_of(sorted([one._meta.label, one.pk, values_of(one)] for one in gone))
