"""The web view of a mail: the edition as it was sent, for whomever its link was passed on to."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import override
from django.views.decorators.http import require_safe

from newsletter.editions.addresses import shared_addresses
from newsletter.editions.recipes import assembled
from newsletter.links import edition_of
from newsletter.models import Edition, MailingState
from newsletter.queries import has_reached_somebody
from newsletter.rendering.copies import anyones_copy
from newsletter.views.marks import marks_on_edition, with_marks
from subscribers.errors import LinkInvalid
from subscribers.languages import spoken_to

#: The mail's own styles and nothing else: no script, no form, no frame, nothing from elsewhere.
POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    # Minutes, not days: what is cancelled is to be gone soon.
    "Cache-Control": "private, max-age=300",
    "X-Robots-Tag": "noindex",
    # The address opens the page: the sites that it links to do not learn it.
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}

_BODY = re.compile(r"<body(\s[^>]*)?>", re.IGNORECASE)


@require_safe
def web_view(request: HttpRequest, token: str) -> HttpResponse:
    """The edition that `token` stands for, without anything that is its reader's own.

    One that nobody has, for its mailing was cancelled before, is withdrawn. One that is older
    than web copies are kept says so.
    """
    edition = _edition(token)
    with override(spoken_to(edition.language)):
        answer = _answer(request, edition)
    answer.headers["Content-Language"] = edition.language
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer


def _edition(token: str) -> Edition:
    stored = Edition.objects.select_related("mailing__issue__publication", "mailing__version")
    try:
        return stored.get(public_id=edition_of(token))
    except (LinkInvalid, Edition.DoesNotExist):
        raise Http404 from None


def _answer(request: HttpRequest, edition: Edition) -> HttpResponse:
    context: dict[str, Any] = {
        "publication": edition.mailing.issue.publication,
    }
    cancelled = edition.mailing.state == MailingState.CANCELLED
    if cancelled and not has_reached_somebody(edition):
        return render(request, "newsletter/web_view/withdrawn.html", context, status=410)
    if not edition.recipe:
        return render(request, "newsletter/web_view/expired.html", context, status=410)
    marks = marks_on_edition(edition)
    shown = anyones_copy(assembled(edition), shared_addresses(edition.public_id))
    if not shown.html:
        context |= {"subject": shown.subject, "text": shown.text, "marks": marks}
        return render(request, "newsletter/web_view/text.html", context)
    notice = render_to_string("newsletter/web_view/_notice.html", context)
    return _as_mail(_under(notice, with_marks(shown.html, marks)))


def _as_mail(html: str) -> HttpResponse:
    headers = {
        "Content-Security-Policy": POLICY,
        # Browsers show no page that is sandboxed and asks for a window of its own.
        "Cross-Origin-Opener-Policy": "unsafe-none",
    }
    return HttpResponse(html, headers=headers)


def _under(notice: str, html: str) -> str:
    """`html` with `notice` at the top of what is seen of it."""
    body = _BODY.search(html)
    start = body.end() if body else 0
    return f"{html[:start]}{notice}{html[start:]}"
