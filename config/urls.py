"""Which address leads where."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path


def webhooks() -> list[URLPattern | URLResolver]:
    """Where ESPs report what became of the mail. Without a secret there is no such place.

    For several ESPs the secret is all that tells their reports from anyone's.
    """
    return [path("anymail/", include("anymail.urls"))] if settings.WEBHOOKS_OPEN else []


urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    *webhooks(),
    path("", include("newsletter.urls")),
    path("", include("subscribers.urls")),
]
