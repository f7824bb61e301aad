"""Which address leads where."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from newsletter.receivers import doors


def webhooks() -> list[URLPattern | URLResolver]:
    """Where the ESPs in use report what became of the mail: nowhere without a secret.

    For several of them the secret is all that tells their reports from anyone's.
    """
    if not settings.WEBHOOKS_OPEN:
        return []
    return [path("anymail/", include((doors(settings.WEBHOOK_ESPS), "webhooks")))]


urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    *webhooks(),
    path("", include("newsletter.urls")),
    path("", include("subscribers.urls")),
]
