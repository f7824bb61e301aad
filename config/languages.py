"""The language of a page: any of the site's for readers, and one of the desk's at the desk."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header


class SiteLanguage(LocaleMiddleware):
    """As Django does; at the desk the best of the languages that the desk is in."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if _is_of_the_desk(request) and translation.get_language() not in settings.DESK_LANGUAGES:
            translation.activate(_best(request))
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE


def _is_of_the_desk(request: HttpRequest) -> bool:
    return request.path_info.startswith((reverse("admin:index"), reverse("newsletter:outbox")))


def _best(request: HttpRequest) -> str:
    """The first language of the desk that the browser asks for."""
    asked = parse_accept_lang_header(request.headers.get("accept-language", ""))
    codes = (code.split("-")[0] for code, _weight in asked)
    return next((code for code in codes if code in settings.DESK_LANGUAGES), settings.LANGUAGE_CODE)
