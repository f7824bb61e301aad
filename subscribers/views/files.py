"""Pictures as a browser or a mail program gets them."""

from __future__ import annotations

from django.http import HttpResponse

#: A picture is looked at and does nothing, even when it is opened by itself.
POLICY = "default-src 'none'; sandbox"


#: For every cache to keep: a year, and ten minutes.
_FOR_A_YEAR = "public, max-age=31536000, immutable"
_FOR_NOW = "public, max-age=600"


def unchanging(content: bytes, content_type: str) -> HttpResponse:
    """The answer that holds `content`: at its address there is never anything else."""
    return _answer(content, content_type, _FOR_A_YEAR)


def for_now(content: bytes, content_type: str) -> HttpResponse:
    """The answer that holds `content` until there is something better."""
    return _answer(content, content_type, _FOR_NOW)


def _answer(content: bytes, content_type: str, kept: str) -> HttpResponse:
    headers = {
        "Cache-Control": kept,
        "Content-Security-Policy": POLICY,
        # Webmail shows it on a page of its own site.
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)
