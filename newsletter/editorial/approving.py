"""Somebody's word that an issue may go out, as it is."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from newsletter.editorial.contributions import contributed
from newsletter.editorial.drafts import DraftSnapshot, draft_of
from newsletter.editorial.versioning import version_of
from newsletter.errors import AskForApproval, LookAgain
from newsletter.models import Approval, Issue, Version
from subscribers.models import ApprovalRule


@transaction.atomic
def approve(issue: Issue, *, seen: str, by: User) -> Approval:
    """Keep that `by` approves the draft of `issue`, whose content hash was `seen`.

    Who approves the same content twice has approved it once.

    Raises:
        MendTheIssue: it cannot be sent as it is.
        LookAgain: it was changed since they looked.
        AskForApproval: they changed something in it, and another person has to approve it.
    """
    # An editor who changes it meanwhile takes turns with this.
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    version = version_of(draft_of(issue), by=by)
    if version.content_hash != seen:
        raise LookAgain(_("The issue was changed while you were looking at it. Please look again."))
    by_contributor = contributed(issue, by)
    if by_contributor and issue.publication.approval == ApprovalRule.ANOTHER:
        raise AskForApproval(
            _("You edited this issue since its last approval: someone else has to approve it.")
        )
    approval, _created = version.approvals.get_or_create(
        approved_by=by, by_contributor=by_contributor
    )
    if not by_contributor:
        issue.content_changes.all().delete()
    return approval


def approval_of(version: Version) -> Approval | None:
    """The newest approval of `version` that counts by the rule of its publication, if any."""
    approvals = version.approvals.select_related("approved_by")
    if version.issue.publication.approval == ApprovalRule.ANOTHER:
        approvals = approvals.filter(by_contributor=False)
    return approvals.last()


def required_approval(version: Version) -> Approval | None:
    """As :func:`approval_of`.

    Raises:
        AskForApproval: the publication asks for one, and there is none.
    """
    approval = approval_of(version)
    if approval is None and version.issue.publication.approval != ApprovalRule.NONE:
        raise AskForApproval(_("This issue needs approval as it stands now."))
    return approval


def approval_of_draft(draft: DraftSnapshot) -> Approval | None:
    """The approval that counts for an issue as it stands in `draft`, if any."""
    version = draft.issue.versions.filter(content_hash=draft.content_hash).first()
    return approval_of(version) if version else None
