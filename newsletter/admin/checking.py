"""What the pages of an issue and of a correction say of its check, and how one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletter.admin.pages import visible
from newsletter.editorial.checks import Check, ask_for_check, renew_check
from newsletter.editorial.drafts import DraftSnapshot
from newsletter.errors import MendTheIssue
from newsletter.models import Preflight, Segment
from newsletter.rendering.words import number
from newsletter.tasks import drain
from subscribers.bell import ring
from subscribers.desk.auditing import AuditedAdmin


class CheckDesk(AuditedAdmin):
    """Pages of something whose draft can be checked."""

    #: The draft of what this desk shows.
    draft_to_check: Callable[[Any], DraftSnapshot]

    def get_urls(self) -> list[URLPattern]:
        mine: list[URLPattern] = [
            path(
                f"<path:object_id>/check/{address}",
                self.admin_site.admin_view(view),
                name=f"newsletter_{self.opts.model_name}_{name}",
            )
            for address, name, view in (
                ("", "check", require_POST(self.check_view)),
                ("<int:check_id>/", "check_progress", require_safe(self.check_progress_view)),
            )
        ]
        return mine + super().get_urls()

    def check_view(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """Ask for a check of what stands there now, and go back to the page."""
        row = visible(self, request, object_id)
        draft = self.draft_to_check(row)
        user: Any = request.user
        try:
            ask_for_check(draft, segment_named(draft, request.POST), by=user)
        except MendTheIssue as error:
            messages.error(request, str(error))
        else:
            transaction.on_commit(partial(ring, drain))
        back = request.POST.get("back", "")
        if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            return redirect(back)
        return redirect(f"admin:newsletter_{self.opts.model_name}_change", row.pk)

    def renew_check(self, request: HttpRequest, row: Any) -> None:
        """Have `row` checked for the person who schedules it next, where that is to be done."""
        user: Any = request.user
        with suppress(MendTheIssue):
            renew_check(self.draft_to_check(row), by=user)
            transaction.on_commit(partial(ring, drain))

    def check_progress_view(
        self, request: HttpRequest, object_id: str, check_id: int
    ) -> HttpResponse:
        """How far a check has come, for the script that keeps the page moving."""
        of_row = {str(self.opts.model_name): visible(self, request, object_id)}
        checks = Preflight.objects.defer("found", "editions")
        check = checks.filter(pk=check_id, **of_row).first()
        if check is None:
            raise Http404
        html = render_to_string("admin/newsletter/check_numbers.html", {"check": check}, request)
        return JsonResponse(
            {"state": check.state, "summary": progress_of(check), "countdown": "", "html": html}
        )

    def check_context(
        self, row: Any, check: Check, segment: Segment | None = None
    ) -> Mapping[str, Any]:
        """What a page shows of `check`, and where it asks for another one."""
        name, made = f"admin:newsletter_{self.opts.model_name}_check", check.made
        return {
            "check": check,
            "check_address": reverse(name, args=[row.pk]),
            "check_progress_address": made and reverse(f"{name}_progress", args=[row.pk, made.pk]),
            "check_summary": progress_of(made) if made else "",
            "check_segment": segment,
        }


def progress_of(check: Preflight) -> str:
    """How far `check` has come, in a sentence."""
    if not check.is_open:
        return str(check.get_state_display())
    if check.interests is None:
        return _("What would go out is about to be checked.")
    return _("Checking what %(readers)s readers would get: %(done)s of %(number)s choices.") % {
        "readers": number(check.readers or 0),
        "done": number(min(check.checked, check.interests)),
        "number": number(check.interests),
    }


def segment_named(draft: DraftSnapshot, named: Mapping[str, str]) -> Segment | None:
    """The segment of its publication that a page names; None for all readers.

    Raises:
        Http404: there is no such segment.
    """
    chosen = named.get("segment", "")
    if not chosen:
        return None
    segments = draft.issue.publication.segments
    found = segments.filter(pk=chosen).first() if chosen.isdecimal() else None
    if found is None:
        raise Http404
    return found
