"""From the live draft to frozen content."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from newsletter.editions.content import IssueContent
from newsletter.editions.stored import to_json
from newsletter.editorial.drafts import DraftSnapshot
from newsletter.editorial.validation import problems_of
from newsletter.errors import MendTheIssue
from newsletter.models import Issue, PictureUse, Version


def version_of(draft: DraftSnapshot, *, by: User | None) -> Version:
    """The version that holds `draft`, made if it is not there yet.

    Raises:
        MendTheIssue: there is nothing to send, or a section has no text.
    """
    if problems := list(problems_of(draft.content)):
        raise MendTheIssue(problems)
    versions = draft.issue.versions
    with transaction.atomic():
        # Two editors at once take turns, so that numbers stay in order.
        Issue.objects.select_for_update().get(pk=draft.issue.pk)
        last = versions.aggregate(last=Max("number"))["last"] or 0
        version, created = versions.get_or_create(
            content_hash=draft.content_hash,
            defaults={"number": last + 1, "content": to_json(draft.content), "created_by": by},
        )
        if created:
            _hold_on_to_pictures(version, draft.content)
    return version


def _hold_on_to_pictures(version: Version, content: IssueContent) -> None:
    """Nobody can delete them from now on."""
    shown = {picture.id for section in content.sections for picture in section.pictures}
    PictureUse.objects.bulk_create(
        PictureUse(version=version, picture_id=pk) for pk in sorted(shown)
    )
