"""Preflight: every edition that somebody would get, looked at and approved before it goes."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletter.admin.approving import approval_status, keep_approval
from newsletter.admin.checking import CheckDesk
from newsletter.admin.grid import Grid, query_of
from newsletter.admin.pages import page, require_permission, visible
from newsletter.admin.showing import ShownEdition, framed, in_scheme, show
from newsletter.admin.test_emails import send_to_me
from newsletter.audience.assigning import Interest, compose_for
from newsletter.audience.history import past_of
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
from newsletter.editorial.approving import approve
from newsletter.editorial.checks import check_of
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.findings import CheckedEdition
from newsletter.editorial.preflight import look_at_one
from newsletter.models import Issue
from subscribers.collation import in_order
from subscribers.desk.pages import DeskAdmin
from subscribers.languages import tag_of
from subscribers.models import (
    ChosenRegion,
    MailFormat,
)
from subscribers.regions import RegionTree

#: Editions on a page of the grid.
ON_A_PAGE = 50


class PreflightDesk(CheckDesk, DeskAdmin):
    """The pages of an issue that show what would go out."""

    draft_to_check = staticmethod(draft_of)

    def get_urls(self) -> list[URLPattern]:
        mine: list[URLPattern] = [
            path(
                f"<path:object_id>/preflight/{address}",
                self.admin_site.admin_view(view),
                name=f"newsletter_issue_{name}",
            )
            for address, name, view in (
                ("", "preflight", require_safe(self.preflight_view)),
                ("edition/", "preflight_edition", require_safe(self.edition_view)),
                ("email/", "preflight_email", require_safe(self.email_view)),
                ("send/", "send_test_email", require_POST(self.send_test_email_view)),
                ("approve/", "approve", require_POST(self.approve_view)),
            )
        ]
        return mine + super().get_urls()

    def preflight_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Every edition that at least one reader would get now, page by page."""
        issue: Issue = visible(self, request, object_id)
        draft = draft_of(issue)
        check = check_of(draft)
        report, region = check.report, request.GET.get("region", "")
        lines = Grid(issue, report, report.editions)
        editions = [one for one in report.editions if not region or region in lines.codes(one)]
        shown = Paginator(editions, ON_A_PAGE).get_page(request.GET.get("page"))
        return page(
            self,
            request,
            "issue/preflight.html",
            original=issue,
            title=_("Preflight of %(issue)s") % {"issue": issue},
            report=report,
            left_out=[(reason.label, number) for reason, number in report.left_out.items()],
            shown=shown,
            lines=[lines.line(one) for one in shown],
            number_of_editions=len(editions),
            shown_readers=sum(one.readers for one in editions),
            number_of_sections=len(report.content.sections),
            regions=lines.regions,
            region=region,
            approval_status=approval_status(draft),
            may_approve=request.user.has_perm("newsletter.approve_issue"),
            content_hash=draft.content_hash,
            **self.check_context(issue, check),
        )

    def edition_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One edition, as it looks on a computer, on a phone, in the dark, and as text."""
        issue: Issue = visible(self, request, object_id)
        interest = _interest_in(request.GET)
        draft = draft_of(issue)
        if (found := look_at_one(draft, interest)) is None:
            raise Http404
        one, edition = found
        report = check_of(draft).report
        before, checked, after = _with_neighbours(report.editions, one)
        lines = Grid(issue, report, [other for other in (before, checked, after) if other])
        return page(
            self,
            request,
            "issue/preflight_edition.html",
            original=issue,
            title=_("Edition %(key)s") % {"key": one.key[:8]},
            before=before and lines.line(before),
            line=lines.line(checked),
            after=after and lines.line(after),
            place=_place_of(one, report.editions),
            number=len(report.editions),
            shown=_shown(edition, draft.content, interest, issue),
            interests=[(_names(one), n) for one, n in checked.interests],
            send_to_me=f"{reverse('admin:newsletter_issue_send_test_email', args=[issue.pk])}"
            f"?{query_of(interest)}",
            frame=f"{reverse('admin:newsletter_issue_preflight_email', args=[issue.pk])}"
            f"?{query_of(interest)}",
        )

    def email_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The mail itself, for the frames; light or dark, whatever the editor's own screen is."""
        issue: Issue = visible(self, request, object_id)
        interest = _interest_in(request.GET)
        edition, content = _edition_for(issue, interest)
        html = _shown(edition, content, interest, issue).html
        return framed(in_scheme(html, dark=request.GET.get("scheme") == "dark"))

    def send_test_email_view(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """Mail one edition to the person who asks, at their own address."""
        issue: Issue = visible(self, request, object_id)
        interest = _interest_in(request.GET)
        edition, content = _edition_for(issue, interest)
        send_to_me(request, issue.publication, _shown(edition, content, interest, issue))
        shown_at = reverse("admin:newsletter_issue_preflight_edition", args=[issue.pk])
        return redirect(f"{shown_at}?{query_of(interest)}")

    def approve_view(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """Approve the issue as it was when the grid was shown."""
        issue: Issue = visible(self, request, object_id)
        require_permission(request, "newsletter.approve_issue")
        keep_approval(self, request, issue, approve)
        self.renew_check(request, issue)
        return redirect("admin:newsletter_issue_preflight", issue.pk)


def _place_of(edition: CheckedEdition, editions: Sequence[CheckedEdition]) -> int | None:
    """Which one of `editions` it is, counted from 1; None if none."""
    keys = [one.key for one in editions]
    return keys.index(edition.key) + 1 if edition.key in keys else None


def _with_neighbours(
    editions: Sequence[CheckedEdition], edition: CheckedEdition
) -> tuple[CheckedEdition | None, CheckedEdition, CheckedEdition | None]:
    """As it stands among `editions`, between the one before and the one after it."""
    place = _place_of(edition, editions)
    if place is None:
        return None, edition, None
    around = (None, *editions, None)
    return around[place - 1], editions[place - 1], around[place + 1]


def _interest_in(query: QueryDict) -> Interest:
    try:
        interest_set = int(query.get("interest_set_id", ""))
    except ValueError as error:
        raise Http404 from error
    interest = Interest(
        interest_set,
        query.get("language", ""),
        query.get("mail_format", ""),
        query.get("history", ""),
        "only_on_change" in query,
    )
    if not tag_of(interest.language) or interest.mail_format not in MailFormat.values:
        raise Http404
    return interest


def _edition_for(issue: Issue, interest: Interest) -> tuple[ComposedEdition, IssueContent]:
    content = draft_of(issue).content
    tree = RegionTree.around({*content.regions, *(one.region.code for one in _chosen(interest))})
    composer = Composer(content, tree, past_of(issue))
    return compose_for([interest], composer)[interest], content


def _shown(
    edition: ComposedEdition, content: IssueContent, interest: Interest, issue: Issue
) -> ShownEdition:
    """`edition` as one of its readers gets it who subscribed today."""
    return show(edition, content, _chosen(interest), issue.publication.today)


def _chosen(interest: Interest) -> list[ChosenRegion]:
    chosen = ChosenRegion.objects.filter(interest_set=interest.interest_set_id)
    return list(chosen.select_related("region"))


def _names(interest: Interest) -> str:
    """What such a reader chose."""
    return ", ".join(in_order(map(str, _chosen(interest))))
