"""The desk where what was sent is corrected: written, looked at, approved and sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from newsletter.admin.approving import approval_status, keep_approval
from newsletter.admin.checking import CheckDesk
from newsletter.admin.correction_form import CorrectionForm
from newsletter.admin.pages import page, require_permission, visible
from newsletter.admin.scheduling import ScheduleForm, after_scheduling, scheduled
from newsletter.admin.showing import ShownEdition, framed, show
from newsletter.admin.test_emails import send_to_me
from newsletter.editions.naming import names_of_parts
from newsletter.editions.stored import from_json
from newsletter.editorial.checks import check_of
from newsletter.editorial.correcting import (
    approve_correction,
    correct,
    may_be_changed,
    rewrite,
    send_correction,
    why_not_to_correct,
)
from newsletter.editorial.drafts import DraftSnapshot, draft_of_correction
from newsletter.editorial.findings import CheckedEdition
from newsletter.editorial.preflight import PreflightReport, look_at_one
from newsletter.errors import LookAgain, MendTheIssue, WaitForTheCheck
from newsletter.models import Correction, Mailing, MailingState, Version
from newsletter.models.mailings import ON_ITS_WAY
from subscribers.desk.reading import ReadOnlyAdmin
from subscribers.languages import name_of
from subscribers.models import ChosenRegion, MailFormat
from subscribers.time_zones import place_of

#: How many of its editions the page of a correction lists.
MOST_EDITIONS = 50


@admin.register(Correction)
class CorrectionAdmin(CheckDesk, ReadOnlyAdmin):
    """Corrections are begun at an issue or its mailing, and go on on a page of their own."""

    list_display = ("issue", "dated", "last_mailing")
    list_filter = ("version__issue__publication",)
    list_select_related = ("version__issue__publication",)
    search_fields = ("version__issue__title",)

    draft_to_check = staticmethod(draft_of_correction)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that was never on its way may go; what was is kept."""
        may = request.user.has_perm("newsletter.delete_correction")
        return may and obj is not None and not obj.mailings.exists()

    @admin.display(description=gettext_lazy("issue"), ordering="version__issue")
    def issue(self, correction: Correction) -> str:
        return str(correction.version.issue)

    @admin.display(description=gettext_lazy("last mailing"))
    def last_mailing(self, correction: Correction) -> str:
        state = correction.mailings.order_by("-pk").values_list("state", flat=True).first()
        return str(MailingState(state).label) if state else _("none yet")

    def get_urls(self) -> list[URLPattern]:
        reads_and_writes = require_http_methods(["GET", "POST"])
        mine: list[URLPattern] = [
            path(address, self.admin_site.admin_view(view), name=f"newsletter_correction_{name}")
            for address, name, view in (
                ("of/<int:version_id>/", "write", reads_and_writes(self.write_view)),
                ("<path:object_id>/write/", "rewrite", reads_and_writes(self.rewrite_view)),
                ("<path:object_id>/approve/", "approve", require_POST(self.approve_view)),
                ("<path:object_id>/schedule/", "schedule", require_POST(self.schedule_view)),
                ("<path:object_id>/edition/<str:key>/", "edition", require_safe(self.edition_view)),
                ("<path:object_id>/mail/<str:key>/", "mail", require_safe(self.mail_view)),
                (
                    "<path:object_id>/send/<str:key>/",
                    "send_test_email",
                    require_POST(self.send_test_email_view),
                ),
            )
        ]
        return mine + super().get_urls()

    def write_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Say what was wrong in a version that was sent, and what is right."""
        require_permission(request, "newsletter.add_correction")
        if not self.has_view_permission(request):
            raise PermissionDenied  # ahead of the work, whose result they could not look at
        versions = Version.objects.select_related("issue__publication")
        version = get_object_or_404(versions, pk=version_id)
        if why_not := why_not_to_correct(version):
            messages.error(request, why_not)
            return redirect("admin:newsletter_issue_change", version.issue_id)
        form = CorrectionForm(version, data=request.POST or None)
        user: Any = request.user
        if correction := _kept(form, lambda: correct(version, form.said, by=user)):
            self.log_addition(request, correction, _("Written."))
            return redirect("admin:newsletter_correction_change", correction.pk)
        title = _("Correct %(issue)s") % {"issue": version.issue}
        return self._writing_page(request, form, version.issue, title)

    def rewrite_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say something else, as long as nobody has it."""
        correction: Correction = visible(self, request, object_id)
        require_permission(request, "newsletter.add_correction")
        form = CorrectionForm(correction.version, correction, data=request.POST or None)
        seen = request.POST.get("seen") or draft_of_correction(correction).content_hash
        user: Any = request.user
        if _kept(form, lambda: rewrite(correction, form.said, seen=seen, by=user)):
            self.log_change(request, correction, gettext_lazy("Written again."))
            return redirect("admin:newsletter_correction_change", correction.pk)
        return self._writing_page(request, form, correction, _("Change this correction"), seen=seen)

    def _writing_page(
        self, request: HttpRequest, form: CorrectionForm, about: Any, title: str, **more: Any
    ) -> HttpResponse:
        return page(
            self, request, "correction/write.html", original=about, title=title, form=form, **more
        )

    @method_decorator(require_safe)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What it says, who gets it and why others do not, and how it is sent."""
        correction: Correction = visible(self, request, object_id)
        return self._desk(request, correction, draft_of_correction(correction))

    def _desk(
        self,
        request: HttpRequest,
        correction: Correction,
        draft: DraftSnapshot,
        form: ScheduleForm | None = None,
    ) -> HttpResponse:
        zone = draft.issue.publication.zone
        outlook = self._outlook(correction, draft) if _can_go_out(correction) else {}
        return page(
            self,
            request,
            "correction/desk.html",
            original=correction,
            title=_("Correction of %(issue)s") % {"issue": draft.issue},
            issue=draft.issue,
            parts=list(_parts(correction)),
            mailings=correction.mailings.order_by("pk"),
            may_be_changed=may_be_changed(correction),
            form=form or ScheduleForm(draft, waiting=request.GET),
            zone=place_of(zone.key),
            now=timezone.localtime(timezone=zone),
            approval_status=approval_status(draft),
            may_approve=request.user.has_perm("newsletter.approve_issue"),
            may_delete=self.has_delete_permission(request, correction),
            content_hash=draft.content_hash,
            **outlook,
        )

    def approve_view(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """Approve the correction as it was when its page was shown."""
        correction: Correction = visible(self, request, object_id)
        require_permission(request, "newsletter.approve_issue")
        keep_approval(self, request, correction, approve_correction)
        self.renew_check(request, correction)
        return redirect("admin:newsletter_correction_change", correction.pk)

    def schedule_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decide when it goes out."""
        correction: Correction = visible(self, request, object_id)
        require_permission(request, "newsletter.add_mailing")
        draft, user = draft_of_correction(correction), request.user
        form = ScheduleForm(draft, request.POST)
        try:
            mailing = form.is_valid() and scheduled(
                self, request, form, draft.issue, lambda: _sent(draft, form.cleaned_data, user)
            )
        except WaitForTheCheck:
            back = reverse("admin:newsletter_correction_change", args=[correction.pk])
            return redirect(f"{back}?{form.chosen}")
        if mailing:
            return after_scheduling(request, mailing, otherwise=correction)
        return self._desk(request, correction, draft, form)

    def edition_view(self, request: HttpRequest, object_id: str, key: str) -> HttpResponse:
        """One edition of it, as its readers would get it now."""
        correction: Correction = visible(self, request, object_id)
        frame = reverse("admin:newsletter_correction_mail", args=[correction.pk, key])
        return page(
            self,
            request,
            "correction/edition.html",
            original=correction,
            title=_("Edition %(key)s") % {"key": key[:8]},
            shown=_shown(draft_of_correction(correction), key),
            send_to_me=reverse(
                "admin:newsletter_correction_send_test_email", args=[correction.pk, key]
            ),
            frame=frame,
        )

    def send_test_email_view(
        self, request: HttpRequest, object_id: str, key: str
    ) -> HttpResponseRedirect:
        """Mail one edition to the person who asks, at their own address."""
        correction: Correction = visible(self, request, object_id)
        draft = draft_of_correction(correction)
        send_to_me(request, draft.issue.publication, _shown(draft, key))
        return redirect("admin:newsletter_correction_edition", correction.pk, key)

    def mail_view(self, request: HttpRequest, object_id: str, key: str) -> HttpResponse:
        """The mail itself, for the frames."""
        return framed(_shown(draft_of_correction(visible(self, request, object_id)), key).html)

    def _outlook(self, correction: Correction, draft: DraftSnapshot) -> dict[str, Any]:
        """What would happen if `draft` went out now."""
        check = check_of(draft)
        report = check.report
        return {
            "report": report,
            "left_out": [(reason.label, number) for reason, number in report.left_out.items()],
            "editions": [_line(one, report) for one in report.editions[:MOST_EDITIONS]],
            **self.check_context(correction, check),
        }


def _kept(form: CorrectionForm, keep: Callable[[], Correction]) -> Correction | None:
    """What `keep` answers; None where `form` is not sent, or says by now why it is not kept."""
    if not form.is_valid():
        return None
    try:
        return keep()
    except MendTheIssue as error:
        form.add_error(None, error.problems)
    except LookAgain as error:
        form.add_error(None, str(error))
    return None


def _can_go_out(correction: Correction) -> bool:
    """Whether a mailing of it can be made: a first one, or one for readers who are left."""
    is_on_its_way = correction.mailings.filter(state__in=ON_ITS_WAY).exists()
    return not is_on_its_way and not why_not_to_correct(correction.version)


def _line(edition: CheckedEdition, report: PreflightReport) -> dict[str, Any]:
    """What the table says of `edition`."""
    return {
        "checked": edition,
        "format": MailFormat(edition.mail_format).label,
        "faults": report.in_words(edition.faults),
        "doubts": report.in_words(edition.doubts),
    }


def _sent(draft: DraftSnapshot, chosen: dict[str, Any], user: Any) -> Mailing:
    if draft.correction is None:
        raise TypeError("This is no draft of a correction.")
    return send_correction(
        draft.correction,
        at=chosen["at"],
        by=user,
        unknown_policy=chosen["unknown_policy"],
        local=chosen["local"],
        draft=draft,
    )


def _parts(correction: Correction) -> Iterator[tuple[str, list[tuple[str, str, str, str]]]]:
    """The name of each part, and by language what was wrong and what is right."""
    names = names_of_parts(from_json(correction.version.content))
    for one in correction.parts.all():
        said = [(tag, name_of(tag), one.wrong[tag], one.right.get(tag, "")) for tag in one.wrong]
        yield names[one.part], said


def _shown(draft: DraftSnapshot, key: str) -> ShownEdition:
    """The edition with that `key`, as one of its readers gets it who subscribed today.

    Raises:
        Http404: nobody is known who would get one like that now.
    """
    known = (one.example for one in check_of(draft).report.editions if one.key == key)
    interest = next(known, None)
    found = look_at_one(draft, interest) if interest else None
    if interest is None or found is None:
        raise Http404
    chosen = ChosenRegion.objects.filter(interest_set=interest.interest_set_id)
    today = draft.issue.publication.today
    return show(found[1], draft.content, chosen.select_related("region"), today)
