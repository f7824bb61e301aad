"""The addresses that links in mail lead to, without the pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def page(request: HttpRequest, **_parts: str) -> HttpResponse:
    return HttpResponse()


_pages = [
    path("confirm/<token>/", page, name="confirm"),
    path("preferences/<token>/", page, name="preferences"),
    path("unsubscribe/<token>/", page, name="unsubscribe"),
    path("undo/<token>/", page, name="undo"),
    path("stop/<token>/", page, name="stop"),
    path("<slug:slug>/", page, name="signup"),
]
urlpatterns = [path("", include((_pages, "subscribers")))]
