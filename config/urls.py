"""Which address leads where."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from newsletter.receivers import doors
from subscribers.channels import MAIN, channels


def webhooks() -> list[URLPattern | URLResolver]:
    """Where the ESPs in use report what became of the mail: nowhere without a secret.

    For several of them the secret is all that tells their reports from anyone's. Those of another
    channel than `main` report below the name of that.
    """
    return [
        path(
            "anymail/" + ("" if name == MAIN else f"{name}/"),
            include((doors(name), "webhooks"), namespace=_namespace(name)),
        )
        for name, channel in channels().items()
        if channel.webhooks_open
    ]


def _namespace(channel: str) -> str:
    return "webhooks" if channel == MAIN else f"webhooks-{channel}"


urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    *webhooks(),
    path("", include("newsletter.urls")),
    path("", include("subscribers.urls")),
]
