"""The pages on which an editor sees what a reader would get of a draft."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletter.admin.pages import page, require_permission, visible
from newsletter.admin.preview import (
    SEES_READERS,
    PreviewForm,
    PreviewReader,
    ReaderForm,
    look_at,
    looked_at,
    preview_of,
)
from newsletter.admin.showing import framed
from newsletter.models import Issue
from subscribers.desk.pages import DeskAdmin
from subscribers.models import AuditAction
from subscribers.wordings import later


class PreviewDesk(DeskAdmin):
    """The pages of an issue that preview it."""

    def get_urls(self) -> list[URLPattern]:
        mine: list[URLPattern] = [
            path(
                f"<path:object_id>/preview/{address}",
                self.admin_site.admin_view(view),
                name=f"newsletter_issue_{name}",
            )
            for address, name, view in (
                ("", "preview", require_safe(self.preview_view)),
                ("mail/", "preview_mail", require_safe(self.preview_mail_view)),
                ("reader/", "preview_reader", require_POST(self.preview_reader_view)),
            )
        ]
        return mine + super().get_urls()

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What one reader would get of the draft as it is saved."""
        issue: Issue = visible(self, request, object_id)
        try:
            return self._preview_page(request, issue)
        except BadSignature:
            messages.info(request, _("Enter the reader’s address again."))
            return redirect("admin:newsletter_issue_preview", issue.pk)

    def preview_reader_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look up a reader by address, then show what they would get."""
        issue: Issue = visible(self, request, object_id)
        require_permission(request, SEES_READERS)
        form = ReaderForm(issue.publication, request.POST)
        if not form.is_valid():
            return self._preview_page(request, issue, form)
        subscription = form.cleaned_data["address"]
        self.audit(
            request,
            AuditAction.VIEWED,
            subscription.subscriber,
            later(lambda: _("Preview of %(issue)s") % {"issue": issue}),
        )
        token = look_at(subscription, by=_key_of(request))
        shown_at = reverse("admin:newsletter_issue_preview", args=[issue.pk])
        return redirect(f"{shown_at}?{urlencode({'reader': token})}")

    def preview_mail_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The mail itself, for the frames of the preview."""
        issue: Issue = visible(self, request, object_id)
        try:
            reader = _looked_up(request, issue) or _described(PreviewForm(issue, request.GET))
        except BadSignature as error:
            raise Http404 from error
        reader = reader or _described(PreviewForm(issue, request.GET))
        if reader is None:
            raise Http404
        return framed(preview_of(issue, reader).edition.html)

    def _preview_page(
        self, request: HttpRequest, issue: Issue, looking_up: ReaderForm | None = None
    ) -> HttpResponse:
        """The page of the preview; it asks for an address where that may be known.

        Raises:
            BadSignature: the reader in the address of the page was not looked up just now.
        """
        looked_up = _looked_up(request, issue)
        form = PreviewForm(issue, {} if looked_up else request.GET)
        may_look = request.user.has_perm(SEES_READERS)
        reader = looked_up or _described(form) if looking_up is None else None
        return page(
            self,
            request,
            "issue/preview.html",
            original=issue,
            title=_("Preview of %(issue)s") % {"issue": issue},
            form=form,
            reader_form=looking_up or (ReaderForm(issue.publication) if may_look else None),
            preview=preview_of(issue, reader) if reader else None,
            frame=f"{reverse('admin:newsletter_issue_preview_mail', args=[issue.pk])}"
            f"?{request.GET.urlencode()}",
        )


def _looked_up(request: HttpRequest, issue: Issue) -> PreviewReader | None:
    """The reader whom the address of the page stands for, if it does for one.

    Raises:
        BadSignature: the person who asks has not looked them up just now.
    """
    if "reader" not in request.GET:
        return None
    require_permission(request, SEES_READERS)
    return looked_at(request.GET["reader"], _key_of(request), issue.publication)


def _described(form: PreviewForm) -> PreviewReader | None:
    return form.reader() if form.is_valid() else None


def _key_of(request: HttpRequest) -> int:
    user: Any = request.user
    return int(user.pk)
