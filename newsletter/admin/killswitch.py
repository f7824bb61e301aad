"""The page of the kill switch: how it stands, and turning it after being asked."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from newsletter.admin.pages import page, require_permission
from newsletter.models import Mailing
from newsletter.sending.deadlines import late_mailings, send_after_all
from newsletter.tasks import drain
from subscribers.bell import ring
from subscribers.desk.reading import ReadOnlyAdmin
from subscribers.models import KillSwitch
from subscribers.models.fields import one_line
from subscribers.services.clone_guard import send_from_here
from subscribers.services.kill_switch import switch, turn_on
from subscribers.wordings import later, stored


class ReasonForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        validators=[one_line],
        help_text=gettext_lazy("Everyone at the desk sees it while the switch is on."),
    )


@admin.register(KillSwitch)
class KillSwitchAdmin(ReadOnlyAdmin):
    """There is one switch, so its list and its page are the same page."""

    def get_urls(self) -> list[URLPattern]:
        mine: list[URLPattern] = [
            path(
                f"{name}/",
                self.admin_site.admin_view(require_http_methods(["GET", "POST"])(view)),
                name=f"subscribers_killswitch_{name}",
            )
            for name, view in (("on", self.on_view), ("off", self.off_view))
        ]
        return mine + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return require_safe(self._switch_view)(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Where the admin's log leads to."""
        return _to_the_switch()

    def _switch_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, "killswitch/switch.html", title=gettext_lazy("Kill switch"))

    def on_view(self, request: HttpRequest) -> HttpResponse:
        """Stop all mail, after a page that asks for the reason."""
        require_permission(request, "subscribers.change_killswitch")
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            why = form.cleaned_data["why"]
            turn_on(by=_user(request), why=why)
            return self._turned(
                request, later(lambda: _("All mail is stopped: %(why)s") % {"why": why})
            )
        return self._page(
            request, "killswitch/on.html", title=gettext_lazy("Stop all mail?"), form=form
        )

    def off_view(self, request: HttpRequest) -> HttpResponse:
        """Let mail leave again, after a page that asks."""
        require_permission(request, "subscribers.change_killswitch")
        if request.method == "POST":
            send_from_here(by=_user(request))
            for mailing in _chosen(request):
                send_after_all(mailing, by=_user(request))
            transaction.on_commit(partial(ring, drain))
            return self._turned(request, gettext_lazy("Sending resumed."))
        return self._page(
            request,
            "killswitch/off.html",
            title=gettext_lazy("Resume sending?"),
            late=late_mailings(),
        )

    def _turned(self, request: HttpRequest, done: Promise) -> HttpResponseRedirect:
        # Django's log alone: the service has told the audit log.
        admin.ModelAdmin.log_change(self, request, switch(), stored(done))
        messages.success(request, str(done))
        return _to_the_switch()

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        return page(self, request, template, original=switch(), **context)


def _chosen(request: HttpRequest) -> list[Mailing]:
    """Mailings that are to send what is left of them, though their time ran out."""
    if not request.user.has_perm("newsletter.change_mailing"):
        return []
    chosen = request.POST.getlist("after_all")
    return [mailing for mailing in late_mailings() if str(mailing.pk) in chosen]


def _user(request: HttpRequest) -> Any:
    return request.user


def _to_the_switch() -> HttpResponseRedirect:
    return redirect("admin:subscribers_killswitch_changelist")
