"""How an issue or a correction stands with its approvals, and approving it as it was shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from newsletter.editorial.approving import approval_of_draft
from newsletter.editorial.drafts import DraftSnapshot
from newsletter.errors import NewsletterError
from newsletter.models import Approval, Correction, Issue, Mailing
from subscribers.desk.auditing import AuditedAdmin
from subscribers.models import ApprovalRule, AuditAction, AuditEntry, Publication
from subscribers.wordings import later


@dataclass(frozen=True)
class ApprovalStatus:
    """Whether an issue is approved as it stands, and what there was before."""

    rule: ApprovalRule
    approval: Approval | None
    #: The newest approval of what it said before, if it has none now.
    voided: Approval | None
    #: Whether an earlier issue needed one, though this one does not.
    was_needed: bool = False
    #: Who ended that, and when, as far as the audit log goes back.
    ended: AuditEntry | None = None

    @property
    def is_needed(self) -> bool:
        return self.rule != ApprovalRule.NONE

    @property
    def is_missing(self) -> bool:
        """Whether it cannot be scheduled for want of one."""
        return self.is_needed and self.approval is None


def approval_status(draft: DraftSnapshot) -> ApprovalStatus:
    """How an issue stands with its approvals, as it says in `draft`."""
    issue, approval = draft.issue, approval_of_draft(draft)
    # Corrections are versions of the issue too.
    given = Approval.objects.filter(version__issue=issue).select_related("approved_by")
    given = given.exclude(version__content__has_key="corrections")
    rule = ApprovalRule(issue.publication.approval)
    was_needed = rule == ApprovalRule.NONE and _was_needed(issue)
    return ApprovalStatus(
        rule=rule,
        approval=approval,
        voided=None if approval or draft.correction else given.last(),
        was_needed=was_needed,
        ended=_ended(issue.publication) if was_needed else None,
    )


def _was_needed(issue: Issue) -> bool:
    """Whether an issue before this one was mailed by an approval."""
    others = Mailing.objects.filter(issue__publication=issue.publication).exclude(issue=issue)
    return others.filter(approval__isnull=False).exists()


def _ended(publication: Publication) -> AuditEntry | None:
    """The audit log's last word on who has to approve, which is that nobody has to."""
    about = AuditEntry.objects.filter(
        about_kind=Publication._meta.label_lower, about_id=str(publication.pk)
    )
    return about.filter(changes__has_key="approval").first()


def keep_approval(
    desk: AuditedAdmin,
    request: HttpRequest,
    about: Issue | Correction,
    approve: Callable[..., Approval],
) -> None:
    """`approve` the issue or correction, and say to whoever asks what came of it.

    `approve` takes it, what its page showed as `seen`, and `by` whom.
    """
    try:
        approval = approve(about, seen=request.POST.get("seen", ""), by=request.user)
    except NewsletterError as error:
        messages.error(request, str(error))
        return
    version = approval.version.number
    done = later(lambda: _("Approved version %(number)d.") % {"number": version})
    desk.log_change(request, about, done, AuditAction.APPROVED)
    messages.success(request, str(done))
