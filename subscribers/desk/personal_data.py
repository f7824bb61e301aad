"""The desk's pages on which everything about a reader is exported, or erased."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from subscribers.desk.generic import ModelAdmin
from subscribers.errors import TryAgainSoon
from subscribers.models import AuditAction, Subscriber
from subscribers.services import auditing
from subscribers.services.erasing import erase
from subscribers.services.exporting import export

EXPORT = "subscribers.export_subscriber"
ERASE = "subscribers.erase_subscriber"


class PersonalDataPages(ModelAdmin[Any]):
    """Two pages about one reader, each with a right of its own. Opening them does nothing."""

    def get_urls(self) -> list[URLPattern]:
        mine: list[URLPattern] = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(require_http_methods(["GET", "POST"])(view)),
                name=f"subscribers_subscriber_{name}",
            )
            for name, view in (("export", self.export_view), ("erase", self.erase_view))
        ]
        return mine + super().get_urls()

    def export_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks in which form, then gives a file with everything about the reader."""
        subscriber = self._reader(request, object_id, EXPORT)
        if request.method != "POST":
            title = gettext_lazy("Export everything about this reader")
            return self._page(request, "export", subscriber, title)
        made = export(subscriber, by=_staff(request))
        if request.POST.get("form") == "html":
            return _file(made.as_html(), "text/html", f"{made.file_name}.html")
        return _file(made.as_json(), "application/json", f"{made.file_name}.json")

    def erase_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Says what goes and what stays, and erases the reader when told to."""
        subscriber = self._reader(request, object_id, ERASE)
        if request.method == "POST":
            never = "never_mail" in request.POST
            try:
                erase(subscriber, by=_staff(request), never_mail_again=never)
            except TryAgainSoon as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("Everything about this reader is erased."))
                return redirect("admin:subscribers_subscriber_changelist")
        title = gettext_lazy("Erase this reader?")
        return self._page(request, "erase", subscriber, title)

    def _reader(self, request: HttpRequest, object_id: str, permission: str) -> Subscriber:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        reader: Subscriber | None = self.get_object(request, unquote(object_id))
        if reader is None:
            raise Http404
        return reader

    def _page(
        self, request: HttpRequest, name: str, subscriber: Subscriber, title: str | Promise
    ) -> HttpResponse:
        about: dict[str, Any] = {"opts": self.opts, "original": subscriber, "title": title}
        context = self.admin_site.each_context(request) | about
        # The page has the reader's address on it.
        auditing.record(AuditAction.VIEWED, by=_staff(request), about=subscriber)
        return TemplateResponse(request, f"admin/subscribers/subscriber/{name}.html", context)


def _staff(request: HttpRequest) -> AbstractBaseUser:
    user = request.user
    assert isinstance(user, AbstractBaseUser)  # noqa: S101 - the admin lets nobody else in
    return user


def _file(text: str, kind: str, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers=headers)
