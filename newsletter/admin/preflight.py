"""Preflight: every edition that somebody would get, looked at and approved before it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletter.admin.approving import approval_status, keep_approval
from newsletter.admin.pages import page, require_permission, visible
from newsletter.admin.showing import ShownEdition, framed, in_scheme, show
from newsletter.audience.assigning import Interest, compose_for
from newsletter.audience.history import past_of
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
from newsletter.editorial.approving import approve
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.preflight import PreflightEdition, PreflightReport, preflight
from newsletter.editorial.test_emails import ExampleEmail, send_test_email
from newsletter.errors import NewsletterError
from newsletter.models import Issue
from subscribers.collation import collation_key, in_order
from subscribers.desk.pages import DeskAdmin
from subscribers.languages import name_of, tag_of
from subscribers.models import (
    ChosenRegion,
    MailFormat,
    Region,
)
from subscribers.regions import RegionTree


@dataclass(frozen=True)
class GridLine:
    """One edition with what the grid says of it."""

    checked: PreflightEdition
    #: What its readers chose, by name.
    chosen: Sequence[str]
    #: Titles of the parts in it that are not for everyone.
    parts: Sequence[str]
    #: What the grid does not say of all editions already.
    own_doubts: Sequence[str]
    #: Where it is shown large.
    address: str

    @property
    def language(self) -> str:
        return name_of(self.checked.edition.language)

    @property
    def mail_format(self) -> str:
        return str(MailFormat(self.checked.edition.mail_format).label)


class PreflightDesk(DeskAdmin):
    """The pages of an issue that show what would go out."""

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
        """Every edition that at least one reader would get now."""
        issue: Issue = visible(self, request, object_id)
        draft = draft_of(issue)
        report = preflight(draft)
        region = request.GET.get("region", "")
        lines = [
            line for line in _lines(issue, report) if not region or region in line.checked.chosen
        ]
        return page(
            self,
            request,
            "issue/preflight.html",
            original=issue,
            title=_("Preflight of %(issue)s") % {"issue": issue},
            report=report,
            left_out=[(reason.label, number) for reason, number in report.left_out.items()],
            lines=lines,
            shown_readers=sum(line.checked.readers for line in lines),
            number_of_sections=len(report.content.sections),
            regions=_regions_chosen(report),
            region=region,
            approval_status=approval_status(draft),
            may_approve=request.user.has_perm("newsletter.approve_issue"),
            content_hash=draft.content_hash,
        )

    def edition_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One edition, as it looks on a computer, on a phone, in the dark, and as text."""
        issue: Issue = visible(self, request, object_id)
        interest = _interest_in(request.GET)
        lines = _lines(issue, report := preflight(draft_of(issue)))
        place = next((n for n, one in enumerate(lines) if interest in one.checked.interests), None)
        if place is None:
            raise Http404
        line = lines[place]
        return page(
            self,
            request,
            "issue/preflight_edition.html",
            original=issue,
            title=_("Edition %(key)s") % {"key": line.checked.edition.key[:8]},
            line=line,
            shown=_shown(line.checked.edition, report.content, interest, issue),
            interests=[(_names(one), n) for one, n in line.checked.interests.items()],
            place=place + 1,
            number=len(lines),
            before=lines[place - 1] if place else None,
            after=lines[place + 1] if place + 1 < len(lines) else None,
            query=_query(interest),
            frame=f"{reverse('admin:newsletter_issue_preflight_email', args=[issue.pk])}"
            f"?{_query(interest)}",
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
        shown = _shown(edition, content, interest, issue)
        user: Any = request.user
        example = ExampleEmail(
            issue.publication, shown.language, shown.subject, shown.html, shown.text
        )
        try:
            send_test_email(example, to=user.email)
        except NewsletterError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, _("A test email is on its way to %(to)s.") % {"to": user.email}
            )
        shown_at = reverse("admin:newsletter_issue_preflight_edition", args=[issue.pk])
        return redirect(f"{shown_at}?{_query(interest)}")

    def approve_view(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """Approve the issue as it was when the grid was shown."""
        issue: Issue = visible(self, request, object_id)
        require_permission(request, "newsletter.approve_issue")
        keep_approval(self, request, issue, approve)
        return redirect("admin:newsletter_issue_preflight", issue.pk)


def _lines(issue: Issue, report: PreflightReport) -> list[GridLine]:
    codes = {code for one in report.editions for code in one.chosen}
    names = {r.code: r.name for r in Region.objects.filter(code__in=codes)}
    titles = {part.id: str(part.title) for part in report.content.sections if part.regions}
    said = report.common_doubts
    shown_at = reverse("admin:newsletter_issue_preflight_edition", args=[issue.pk])
    return [
        GridLine(
            checked=one,
            chosen=in_order(names[code] for code in one.chosen),
            parts=[titles[part] for part in one.edition.sections if part in titles],
            own_doubts=[doubt for doubt in one.doubts if doubt not in said],
            address=f"{shown_at}?{_query(next(iter(one.interests)))}",
        )
        for one in report.editions
    ]


def _regions_chosen(report: PreflightReport) -> Sequence[Region]:
    codes = {code for one in report.editions for code in one.chosen}
    regions = Region.objects.filter(code__in=codes)
    return sorted(regions, key=lambda region: collation_key(region.name))


def _query(interest: Interest) -> str:
    return urlencode({name: value for name, value in interest._asdict().items() if value})


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
