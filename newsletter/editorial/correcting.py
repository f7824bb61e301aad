"""Correcting what was sent: what was wrong and what is right, to those who were sent it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from newsletter.audience.corrected import readers_by_part
from newsletter.editions.naming import names_of_parts
from newsletter.editions.selection import PartKey
from newsletter.editions.stored import from_json
from newsletter.editorial.drafts import DraftSnapshot, draft_of_correction
from newsletter.editorial.scheduling import schedule_draft
from newsletter.editorial.validation import problems_of
from newsletter.editorial.versioning import version_of
from newsletter.errors import AskForApproval, AskWhetherToNobody, LookAgain, MendTheIssue
from newsletter.models import (
    Approval,
    Batch,
    BatchState,
    CorrectedPart,
    Correction,
    Mailing,
    MailingKind,
    UnknownPolicy,
    Version,
)
from newsletter.models.mailings import ON_ITS_WAY
from newsletter.rendering.sanitize import one_line
from subscribers.models import ApprovalRule
from subscribers.models.texts import Texts


@dataclass(frozen=True)
class Said:
    """What is to be said of one part of a version."""

    part: PartKey
    wrong: Texts
    right: Texts


def correct(version: Version, said: Sequence[Said], *, by: User) -> Correction:
    """Keep what was wrong in `version`, and what is right, to be sent to those who have it.

    Raises:
        LookAgain: nobody was sent it, or it is not known any more who was, or it is a correction.
        MendTheIssue: it names no part, or one that nobody was sent, or does not say in the
            language of the issue what was wrong and what is right.
    """
    _refuse_version(version)
    with transaction.atomic():
        correction = Correction.objects.create(
            version=version, dated=version.issue.publication.today
        )
        _write(correction, said, by)
    return correction


def rewrite(correction: Correction, said: Sequence[Said], *, seen: str, by: User) -> Correction:
    """Say something else in `correction`, whose content hash was `seen`; its approval is void.

    Raises:
        LookAgain: it was changed since they looked, or is on its way, or somebody has it.
        MendTheIssue: as :func:`correct`.
    """
    with transaction.atomic():
        correction = Correction.objects.select_for_update().get(pk=correction.pk)
        if draft_of_correction(correction).content_hash != seen:
            raise LookAgain(_changed_meanwhile())
        if not may_be_changed(correction):
            raise LookAgain(
                _("This correction was sent, or is on its way. Write another one instead.")
            )
        correction.dated = correction.version.issue.publication.today
        correction.save(update_fields=("dated",))
        correction.parts.all().delete()
        _write(correction, said, by)
    return correction


def may_be_changed(correction: Correction) -> bool:
    """Whether nobody has it, and nobody is about to."""
    mailings = correction.mailings
    sent = mailings.filter(reached_at__isnull=False) | mailings.filter(state__in=ON_ITS_WAY)
    # Cancelled, but with a copy on the wire.
    leaving = Batch.objects.filter(mailing__correction=correction, state=BatchState.HANDED)
    return not sent.exists() and not leaving.exists()


def why_not_to_correct(version: Version) -> str:
    """Why nothing in `version` can be corrected by email, in a sentence; empty if it can."""
    if "corrections" in version.content:
        return _("A correction is not corrected. Correct the issue once more instead.")
    mailings = version.issue.mailings.filter(kind=MailingKind.ISSUE)
    if not mailings.filter(version=version, reached_at__isnull=False).exists():
        return _("Nobody was sent this yet. Change the issue instead.")
    if mailings.filter(tallied_at__isnull=False).exists():
        return _("Who got this issue is no longer known, so it cannot be corrected by email.")
    return ""


@transaction.atomic
def approve_correction(correction: Correction, *, seen: str, by: User) -> Approval:
    """Keep that `by` approves `correction`, whose content hash was `seen`.

    Raises:
        MendTheIssue: it cannot be sent as it is.
        LookAgain: it was changed since they looked.
        AskForApproval: they wrote some of it, and another person has to approve it.
    """
    # Somebody who changes it meanwhile takes turns with this.
    correction = Correction.objects.select_for_update().get(pk=correction.pk)
    version = version_of(draft_of_correction(correction), by=by)
    if version.content_hash != seen:
        raise LookAgain(_changed_meanwhile())
    by_writer = correction.writers.filter(pk=by.pk).exists()
    if by_writer and version.issue.publication.approval == ApprovalRule.ANOTHER:
        raise AskForApproval(
            _("You wrote some of this correction: someone else has to approve it.")
        )
    approval, _created = version.approvals.get_or_create(approved_by=by, by_contributor=by_writer)
    return approval


def send_correction(
    correction: Correction,
    *,
    at: datetime | None,
    by: User | None,
    unknown_policy: UnknownPolicy = UnknownPolicy.LEAVE,
    local: bool = False,
    draft: DraftSnapshot | None = None,
) -> Mailing:
    """Send `correction`, as it stands now, to all who were sent what it corrects.

    It goes out at the moment `at`, or at once if None, as an issue does
    (:func:`~newsletter.editorial.scheduling.schedule`). Nobody gets the same one twice.

    Raises:
        LookAgain: it is not known any more who was sent it, or nobody is left to get it, or a
            mailing of the issue is on its way.
        MendTheIssue, WaitForTheCheck, AskForApproval, ChooseAnotherTime: as for an issue.
    """
    if why_not := why_not_to_correct(correction.version):
        raise LookAgain(why_not)
    try:
        return schedule_draft(
            draft or draft_of_correction(correction),
            at=at,
            by=by,
            unknown_policy=unknown_policy,
            local=local,
            even_to_nobody=False,
        )
    except AskWhetherToNobody as error:
        raise LookAgain(_("No reader would get this correction now.")) from error


def _refuse_version(version: Version) -> None:
    if why_not := why_not_to_correct(version):
        raise LookAgain(why_not)


def _write(correction: Correction, said: Sequence[Said], by: User) -> None:
    if problems := list(_problems(correction.version, said)):
        raise MendTheIssue(problems)
    CorrectedPart.objects.bulk_create(
        CorrectedPart(
            correction=correction,
            position=position,
            section=one.part if isinstance(one.part, int) else None,
            region=one.part if isinstance(one.part, str) else "",
            wrong=one.wrong,
            right=one.right,
        )
        for position, one in enumerate(said)
    )
    correction.writers.add(by)
    if problems := list(problems_of(draft_of_correction(correction).content)):
        raise MendTheIssue(problems)


def _problems(version: Version, said: Sequence[Said]) -> Iterator[str]:
    if not said:
        yield _("Choose at least one part that was wrong.")
    names = names_of_parts(from_json(version.content))
    readers = readers_by_part(version)
    for part, times in Counter(one.part for one in said).items():
        if part not in names:
            yield _("One of these parts is not in what was sent.")
        elif not readers[part]:
            yield _("Nobody was sent %(part)s, so there is nobody to correct it for.") % {
                "part": names[part]
            }
        elif times > 1:
            yield _("Correct %(part)s once.") % {"part": names[part]}
    yield from (problem for one in said for problem in _lacking(one, names.get(one.part, "…")))


def _lacking(said: Said, name: str) -> Iterator[str]:
    if not (said.wrong and said.right):
        yield _("Say what was wrong and what is right in %(part)s.") % {"part": name}
    elif set(said.wrong) != set(said.right):
        yield _("Say both what was wrong and what is right in each language of %(part)s.") % {
            "part": name
        }
    elif any(one_line(said.wrong[tag]) == one_line(said.right[tag]) for tag in said.wrong):
        yield _("What was wrong and what is right are the same in %(part)s. Change one.") % {
            "part": name
        }


def _changed_meanwhile() -> str:
    return _("The correction was changed while you were looking at it. Please look again.")
