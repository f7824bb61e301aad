"""Who says that an issue may go out, and what that binds to."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from newsletter.editorial.approving import approval_of_draft, approve
from newsletter.editorial.contributions import record_change
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.scheduling import schedule
from newsletter.errors import AskForApproval, LookAgain
from newsletter.models import Approval, Issue, Mailing
from subscribers.models import ApprovalRule, Publication
from tests.newsletter.factories import make_issue
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(publication: Publication) -> Issue:
    return make_issue(publication, ("Letter", []))


@pytest.fixture
def awa(db: None) -> User:
    return User.objects.create_user("awa")


@pytest.fixture
def ben(db: None) -> User:
    return User.objects.create_user("ben")


def ask_for(rule: ApprovalRule, issue: Issue) -> None:
    issue.publication.approval = rule
    issue.publication.save()


def now(issue: Issue) -> str:
    return draft_of(issue).content_hash


@pytest.mark.parametrize("rule", [ApprovalRule.ANYONE, ApprovalRule.ANOTHER])
def test_without_the_approval_asked_for_nothing_is_scheduled(
    issue: Issue, rule: ApprovalRule
) -> None:
    ask_for(rule, issue)

    with pytest.raises(AskForApproval):
        schedule(issue, at=None, by=None, even_to_nobody=True)
    assert not Mailing.objects.exists()


@pytest.mark.parametrize("rule", list(ApprovalRule))
def test_a_mailing_keeps_the_approval_it_had(issue: Issue, awa: User, rule: ApprovalRule) -> None:
    ask_for(rule, issue)
    approval = approve(issue, seen=now(issue), by=awa)

    assert schedule(issue, at=None, by=None, even_to_nobody=True).approval == approval


def test_where_nobody_is_asked_none_is_needed(issue: Issue) -> None:
    assert schedule(issue, at=None, by=None, even_to_nobody=True).approval is None


def test_an_edit_voids_the_approval_and_undoing_it_brings_it_back(issue: Issue, awa: User) -> None:
    ask_for(ApprovalRule.ANYONE, issue)
    approval = approve(issue, seen=now(issue), by=awa)

    issue.sections.update(body=en("Another text."))
    assert approval_of_draft(draft_of(issue)) is None
    with pytest.raises(AskForApproval):
        schedule(issue, at=None, by=None, even_to_nobody=True)

    issue.sections.update(body=en("Text of Letter."))
    assert approval_of_draft(draft_of(issue)) == approval


def test_what_changed_since_it_was_seen_is_not_approved(issue: Issue, awa: User) -> None:
    seen = now(issue)
    issue.sections.update(body=en("Another text."))

    with pytest.raises(LookAgain):
        approve(issue, seen=seen, by=awa)
    assert not Approval.objects.exists()


def edit(issue: Issue, by: User) -> None:
    record_change(Issue.objects.filter(pk=issue.pk), by=by.pk)


def test_who_edited_it_is_not_the_other_person(issue: Issue, awa: User, ben: User) -> None:
    ask_for(ApprovalRule.ANOTHER, issue)
    edit(issue, awa)

    with pytest.raises(AskForApproval):
        approve(issue, seen=now(issue), by=awa)
    approval = approve(issue, seen=now(issue), by=ben)

    assert (approval.by_contributor, approval_of_draft(draft_of(issue))) == (False, approval)


def test_a_colleagues_full_stop_does_not_make_it_theirs_alone(
    issue: Issue, awa: User, ben: User
) -> None:
    ask_for(ApprovalRule.ANOTHER, issue)
    edit(issue, awa)
    edit(issue, ben)

    for editor in (awa, ben):
        with pytest.raises(AskForApproval):
            approve(issue, seen=now(issue), by=editor)


def test_once_another_approved_it_only_later_editors_may_not(
    issue: Issue, awa: User, ben: User
) -> None:
    ask_for(ApprovalRule.ANOTHER, issue)
    edit(issue, awa)
    approve(issue, seen=now(issue), by=ben)

    edit(issue, ben)
    issue.sections.update(body=en("Another text."))

    assert approve(issue, seen=now(issue), by=awa).approved_by == awa
    assert not issue.content_changes.exists()


def test_ones_own_approval_does_not_end_being_its_editor(issue: Issue, awa: User) -> None:
    ask_for(ApprovalRule.ANYONE, issue)
    edit(issue, awa)
    approve(issue, seen=now(issue), by=awa)
    ask_for(ApprovalRule.ANOTHER, issue)

    with pytest.raises(AskForApproval):
        approve(issue, seen=now(issue), by=awa)


def test_an_editor_of_then_may_approve_what_others_wrote_since_even_if_it_reads_the_same(
    issue: Issue, awa: User, ben: User
) -> None:
    ask_for(ApprovalRule.ANYONE, issue)
    edit(issue, awa)
    approve(issue, seen=now(issue), by=awa)
    approve(issue, seen=now(issue), by=ben)
    ask_for(ApprovalRule.ANOTHER, issue)
    edit(issue, ben)

    assert not approve(issue, seen=now(issue), by=awa).by_contributor


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from_name", "Another Desk"),
        ("from_address", "other@news.example.org"),
        ("reply_to", "other@example.org"),
    ],
)
def test_another_sender_needs_another_approval(
    issue: Issue, awa: User, field: str, value: str
) -> None:
    ask_for(ApprovalRule.ANYONE, issue)
    approve(issue, seen=now(issue), by=awa)

    Publication.objects.update(**{field: value})
    issue.publication.refresh_from_db()

    assert approval_of_draft(draft_of(issue)) is None


def test_ones_own_approval_does_not_count_once_another_is_asked_for(
    issue: Issue, awa: User
) -> None:
    ask_for(ApprovalRule.ANYONE, issue)
    edit(issue, awa)
    approve(issue, seen=now(issue), by=awa)
    ask_for(ApprovalRule.ANOTHER, issue)

    assert approval_of_draft(draft_of(issue)) is None


def test_approving_twice_is_approving_once(issue: Issue, awa: User) -> None:
    first = approve(issue, seen=now(issue), by=awa)

    assert approve(issue, seen=now(issue), by=awa) == first
    assert Approval.objects.count() == 1


def test_an_approval_never_changes(issue: Issue, awa: User, ben: User) -> None:
    approval = approve(issue, seen=now(issue), by=awa)
    approval.approved_by = ben

    with pytest.raises(TypeError):
        approval.save()
    with pytest.raises(TypeError):
        approval.delete()
