"""The admin as the editors' desk: what they use most comes first."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.db import transaction
from django.db.models.signals import post_save
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

#: In this order on the first page and in the menu; what is not named comes after, by name.
APPS = ("newsletter", "subscribers")
MODELS = (
    "Issue",
    "Mailing",
    "Correction",
    "Delivery",
    "Segment",
    "Picture",
    "Publication",
    "Subscriber",
    "Subscription",
)


class DeskSite(AdminSite):
    site_header = _("Newsletter desk")
    site_title = _("Newsletter desk")
    index_title = _("Newsletter desk")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Adds the kill switch: every page says so while it is on."""
        # Django sets up this module ahead of any model.
        from subscribers.services.kill_switch import switch

        return super().each_context(request) | {"kill_switch": switch()}

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django does; wrong passwords are counted, by name and by network."""
        from config.signing_in import sign_in

        answer = partial(super().login, request, extra_context)
        return sign_in(request, answer) if request.method == "POST" else answer()

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """As Django does; a wrong old password is counted like one to sign in with."""
        from config.signing_in import change_password

        answer = partial(super().password_change, request, extra_context)
        return change_password(request, answer) if request.method == "POST" else answer()

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """As Django does, but for readers: no form chooses them, and each look at them is kept."""
        from subscribers.desk.choosing import Suggestions

        return Suggestions.as_view(admin_site=self)(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: _place(model["object_name"], MODELS))
        return sorted(apps, key=lambda app: _place(app["app_label"], APPS))


class DeskConfig(AdminConfig):
    default_site = "config.desk.DeskSite"

    def ready(self) -> None:
        super().ready()
        # It registers itself.
        from config import checks  # noqa: F401

        post_save.connect(_password_may_have_changed, sender=settings.AUTH_USER_MODEL)


def _password_may_have_changed(
    *, instance: Any, update_fields: Collection[str] | None, **_signal: Any
) -> None:
    if update_fields is None or "password" in update_fields:
        from config.first_run import forget_first_password

        transaction.on_commit(partial(forget_first_password, instance))


def _place(name: str, order: tuple[str, ...]) -> int:
    return order.index(name) if name in order else len(order)
