"""Pictures as a browser or a mail program gets them: what stands at an address never changes."""

from __future__ import annotations

from django.http import HttpResponse

#: A picture is looked at and does nothing, even when it is opened by itself.
POLICY = "default-src 'none'; sandbox"


def unchanging(content: bytes, content_type: str) -> HttpResponse:
    """The answer that holds `content`, for every cache to keep for a year."""
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": POLICY,
        # Webmail shows it on a page of its own site.
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)
