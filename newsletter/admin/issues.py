"""The desk where issues are written, looked at, and sent on their way."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from newsletter.admin.approving import approval_status
from newsletter.admin.checking import segment_named
from newsletter.admin.pages import page, require_permission, visible
from newsletter.admin.preflight import PreflightDesk
from newsletter.admin.previewing import PreviewDesk
from newsletter.admin.scheduling import ScheduleForm, after_scheduling, outlook_of, scheduled
from newsletter.admin.sections import IssueForms
from newsletter.editorial.checks import check_of
from newsletter.editorial.drafts import DraftSnapshot, draft_of
from newsletter.editorial.scheduling import nobody_gets_it, schedule
from newsletter.errors import WaitForTheCheck
from newsletter.models import Assessment, Issue, Mailing, MailingState, Section, Segment
from newsletter.models.mailings import ON_ITS_WAY
from newsletter.queries import versions_sent
from subscribers.desk.pages import DeskStackedInline
from subscribers.time_zones import place_of


class SectionInline(IssueForms, DeskStackedInline):
    model = Section
    extra = 0
    goes_with = ("incidents",)
    fieldsets = (
        (None, {"fields": (("position", "kind", "incidents"), "title", "regions", "body")}),
    )
    readonly_fields = ("incidents",)
    autocomplete_fields = ("regions",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Section]:
        sections: QuerySet[Section] = super().get_queryset(request)
        return sections.prefetch_related("regions", "incidents")

    @admin.display(description=gettext_lazy("incidents"))
    def incidents(self, section: Section) -> str:
        if section._state.adding:
            return _("Save the issue first, then add incidents to this section.")
        number = len(section.incidents.all())
        text = ngettext("%(number)d incident", "%(number)d incidents", number)
        address = reverse("admin:newsletter_section_change", args=[section.pk])
        return format_html('<a href="{}">{}</a>', address, text % {"number": number})


class AssessmentInline(IssueForms, DeskStackedInline):
    model = Assessment
    extra = 0
    fieldsets = (
        (
            None,
            {"fields": (("region", "trend"), "reason", ("count", "previous_count", "counted"))},
        ),
    )
    autocomplete_fields = ("region",)


@admin.register(Issue)
class IssueAdmin(IssueForms, PreviewDesk, PreflightDesk):
    list_display = ("title", "publication", "kind", "dated", "sections", "last_mailing")
    list_filter = ("publication", "kind")
    list_select_related = ("publication",)
    # Said again: counting sections drops the order of the model.
    ordering = ("-dated", "-pk")
    search_fields = ("title", "subject")
    prepopulated_fields = {"slug": ("title",)}
    readonly_fields = ("former_slugs",)
    inlines = (SectionInline, AssessmentInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "publication",
                    "kind",
                    "title",
                    "slug",
                    "former_slugs",
                    "subject",
                    "subject_from_regions",
                )
            },
        ),
        (gettext_lazy("Dates"), {"fields": (("dated", "cutoff_on"),)}),
        (
            gettext_lazy("Languages"),
            {"classes": ("collapse",), "fields": ("language",)},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Issue]:
        issues: QuerySet[Issue] = super().get_queryset(request)
        newest = Mailing.objects.filter(issue=OuterRef("pk")).order_by("-pk")
        return issues.annotate(
            number_of_sections=Count("sections"), last_state=Subquery(newest.values("state")[:1])
        )

    @admin.display(description=gettext_lazy("former short names"))
    def former_slugs(self, issue: Issue) -> str:
        """Those whose addresses lead to it."""
        former = issue.former_slugs.all() if issue.pk else ()
        return ", ".join(map(str, former)) or "–"

    @admin.display(description=gettext_lazy("sections"))
    def sections(self, issue: Issue) -> int:
        return int(getattr(issue, "number_of_sections", 0))

    @admin.display(description=gettext_lazy("last mailing"))
    def last_mailing(self, issue: Issue) -> str:
        state = getattr(issue, "last_state", None)
        return str(MailingState(state).label) if state else _("none yet")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the parts too, and warn of each trend that its counts do not bear out."""
        super().save_related(request, form, formsets, change)
        for assessment in form.instance.assessments.select_related("region"):
            if assessment.contradicts_its_counts:
                messages.warning(request, _doubt_about(assessment))

    def get_urls(self) -> list[URLPattern]:
        schedule_view = require_http_methods(["GET", "POST"])(self.schedule_view)
        mine: list[URLPattern] = [
            path(
                "<path:object_id>/schedule/",
                self.admin_site.admin_view(schedule_view),
                name="newsletter_issue_schedule",
            )
        ]
        return mine + super().get_urls()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Adds how the issue stands with its approvals, and what of it was sent last."""
        if typed := kwargs.get("obj"):
            # As it is stored: a form with errors has written into the one that it shows.
            issue = Issue.objects.select_related("publication").get(pk=typed.pk)
            sent = versions_sent(issue.publication).filter(issue=issue).values_list("pk", flat=True)
            context |= {"approval_status": approval_status(draft_of(issue)), "sent": sent.first()}
        return super().render_change_form(request, context, *args, **kwargs)

    def response_post_save_add(self, request: HttpRequest, obj: Issue) -> HttpResponseRedirect:
        return self._preview_after(request, obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Issue) -> HttpResponseRedirect:
        return self._preview_after(request, obj) or super().response_post_save_change(request, obj)

    def _preview_after(self, request: HttpRequest, issue: Issue) -> HttpResponseRedirect | None:
        if "_preview" not in request.POST:
            return None
        return redirect("admin:newsletter_issue_preview", issue.pk)

    def schedule_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decide when the issue goes out, seeing whom it would go to."""
        issue: Issue = visible(self, request, object_id)
        require_permission(request, "newsletter.add_mailing")
        draft, zone = draft_of(issue), issue.publication.zone
        segment = segment_named(draft, request.POST or request.GET)
        typed = request.POST if request.method == "POST" else None
        form = ScheduleForm(draft, typed, segment=segment, waiting=request.GET)
        if form.is_bound and form.is_valid():
            try:
                mailing = self._schedule(request, draft, form, segment)
            except WaitForTheCheck:
                return redirect(f"{request.path}?{form.chosen}")
            if mailing is not None:
                return after_scheduling(request, mailing, otherwise=issue)
        check = check_of(draft, segment)
        return page(
            self,
            request,
            "issue/schedule.html",
            original=issue,
            title=_("Schedule %(issue)s") % {"issue": issue},
            form=form,
            zone=place_of(zone.key),
            now=timezone.localtime(timezone=zone),
            outlook=outlook_of(check.report),
            segment=segment,
            segments=issue.publication.segments.all(),
            nobody=nobody_gets_it(segment),
            approval_status=approval_status(draft),
            on_its_way=issue.mailings.filter(state__in=ON_ITS_WAY).first(),
            was_sent=issue.mailings.filter(state=MailingState.FINISHED).exists(),
            **self.check_context(issue, check, segment),
        )

    def _schedule(
        self,
        request: HttpRequest,
        draft: DraftSnapshot,
        form: ScheduleForm,
        segment: Segment | None,
    ) -> Mailing | None:
        """The mailing; None where `form` now says what stands against it."""
        user: Any = request.user
        chosen = form.cleaned_data
        return scheduled(
            self,
            request,
            form,
            draft.issue,
            lambda: schedule(
                draft.issue,
                at=chosen["at"],
                by=user,
                unknown_policy=chosen["unknown_policy"],
                local=chosen["local"],
                even_to_nobody=chosen["even_to_nobody"],
                segment=segment,
                draft=draft,
            ),
        )


def _doubt_about(assessment: Assessment) -> str:
    return _(
        "%(region)s is “%(trend)s”, while what is counted went from %(before)d to %(now)d. The "
        "trend is your judgement and stays; is that intended?"
    ) % {
        "region": assessment.region,
        "trend": assessment.get_trend_display(),
        "before": assessment.previous_count,
        "now": assessment.count,
    }
