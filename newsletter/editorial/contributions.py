"""Who changed what an issue would send: they are not the ones to approve it.

Whatever changes content at the desk writes an entry in the audit log, and each such entry
comes by here: the page of an issue or of a part of it, a deletion on its own page or from a
list, the words of a picture that a text shows, the publication that it is sent by.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.dispatch import receiver

from newsletter.models import Assessment, ContentChange, Incident, Issue, Picture, Section
from newsletter.rendering.markdown import pictures_in
from subscribers.models import AuditAction, AuditEntry, Publication
from subscribers.models.faces import Face
from subscribers.services.auditing import recorded

#: What of a publication stands in its issues: its name, its face, and whom their mail comes from.
OF_A_PUBLICATION = frozenset(
    {"name", "postal_address", "privacy_url", "from_name", "from_address", "reply_to"}
    | {field.name for field in Face._meta.get_fields()}
    | {"logo"}
)
OF_A_PICTURE = frozenset({"alt"})


@receiver(recorded)
def follow_audit_log(*, entry: AuditEntry, about: Any, **_more: Any) -> None:
    """Keep who changed content, as the audit log learns that somebody changed anything."""
    changed = entry.action == AuditAction.CHANGED and entry.changes
    if changed or entry.action in (AuditAction.CREATED, AuditAction.DELETED):
        fields = entry.changes.keys() if changed else None
        if isinstance(about, Model) and entry.actor_id is not None:
            record_change(_issues_with(about, fields), by=entry.actor_id)


def record_change(issues: QuerySet[Issue], *, by: int) -> None:
    """Keep that the user `by` changed the content of `issues`, until it is approved."""
    with transaction.atomic():
        # A person who approves meanwhile takes turns with this.
        changed = issues.select_for_update().order_by("pk").values_list("pk", flat=True)
        ContentChange.objects.bulk_create(
            [ContentChange(issue_id=pk, user_id=by) for pk in changed], ignore_conflicts=True
        )


def contributed(issue: Issue, user: User) -> bool:
    """Whether `user` changed anything in the content of `issue` since it was approved last."""
    return issue.content_changes.filter(user=user).exists()


def _issues_with(about: Model, fields: Collection[str] | None) -> QuerySet[Issue]:
    """The issues whose content is another once `fields` of `about` are; all fields, if None."""
    match about:
        case Issue():
            found = Q(pk=about.pk)
        case Section() | Assessment():
            found = Q(pk=about.issue_id)
        case Incident():
            found = Q(pk__in=Section.objects.filter(pk=about.section_id).values("issue"))
        case Publication() if fields is None or any(map(_is_of_a_publication, fields)):
            found = Q(publication=about)
        case Picture() if fields is None or OF_A_PICTURE & set(fields):
            found = Q(pk__in=_issues_that_show(about))
        case _:
            return Issue.objects.none()
    return Issue.objects.filter(found)


def _is_of_a_publication(field: str) -> bool:
    """Whether `field`, of whichever language, is one of those."""
    return any(field == name or field.startswith(f"{name}_") for name in OF_A_PUBLICATION)


def _issues_that_show(picture: Picture) -> set[int]:
    mark = f"picture:{picture.pk}"
    named = Section.objects.filter(body__icontains=mark)
    return {
        section.issue_id
        for section in named
        if any(picture.pk in pictures_in(text) for text in section.body.values())
    }
