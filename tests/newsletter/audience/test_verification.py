"""Planted leaks stop a mailing before anything leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from newsletter.audience.assigning import Interest, composer_of
from newsletter.audience.freezing import freeze_due
from newsletter.audience.reading_rule import ReadingRule
from newsletter.audience.verification import check_editions, why_it_fails
from newsletter.editions.compose import ComposedEdition, Composer, EditionOrder
from newsletter.editions.numbering import Numbering
from newsletter.editions.selection import SelectedSection, Selection, Selector, select
from newsletter.editorial.scheduling import cancel, schedule
from newsletter.errors import MendTheIssue
from newsletter.models import (
    Batch,
    BatchState,
    DeliveryState,
    Edition,
    Issue,
    LeakCheck,
    Mailing,
    MailingState,
)
from newsletter.sending.delivering import commit_intent
from subscribers.models import InterestSet, Publication, Region
from subscribers.regions import RegionTree
from tests.factories import make_subscription
from tests.newsletter.editions.content import issue as content_of
from tests.newsletter.editions.content import section
from tests.newsletter.factories import make_issue, make_picture, restate
from tests.newsletter.parts import changed, edited, en, reworded
from tests.newsletter.workers import claim
from tests.regions import load_regions


@pytest.fixture
def issue(publication: Publication) -> Issue:
    """A letter for everyone and a part each on Kayes and Segou, with a reader of each."""
    issue = make_issue(publication, ("Letter", []), ("On Kayes", ["ML-1"]), ("On Segou", ["ML-4"]))
    for part in issue.sections.all():
        part.body = en(f"What there is to say in the part {part.title}, at some length.")
        part.save()
    make_subscription(publication=publication, regions=["ML-1"], address="kayes@a.example")
    make_subscription(publication=publication, regions=["ML-4"], address="segou@a.example")
    return issue


@pytest.fixture
def tampering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Has every edition changed by a function between composing and storing."""

    def plant(change: Callable[[ComposedEdition], ComposedEdition]) -> None:
        honest = Composer.compose
        monkeypatch.setattr(Composer, "compose", lambda self, order: change(honest(self, order)))

    return plant


def frozen(issue: Issue) -> Mailing:
    mailing = Mailing.objects.filter(issue=issue).first() or schedule(issue, at=None, by=None)
    freeze_due(50)
    mailing.refresh_from_db()
    return mailing


def ids(issue: Issue) -> dict[str, int]:
    return {section.title.original: section.pk for section in issue.sections.all()}


@pytest.mark.django_db
def test_the_leak_check_of_each_edition_is_kept_with_the_mailing(issue: Issue) -> None:
    mailing = frozen(issue)

    kayes = LeakCheck.objects.get(edition__deliveries__interest_set__regions__code="ML-1")
    numbers = ids(issue)
    assert mailing.state == MailingState.SENDING
    assert kayes.passed
    assert kayes.found == kayes.allowed == [numbers["Letter"], numbers["On Kayes"]]
    assert kayes.content_hash == mailing.version.content_hash
    assert LeakCheck.objects.count() == mailing.editions.count() == 2


@pytest.mark.django_db
def test_a_foreign_section_pasted_into_one_edition_stops_the_mailing(
    issue: Issue, tampering: Callable[[Any], None]
) -> None:
    def leak(edition: ComposedEdition) -> ComposedEdition:
        if "On Kayes" not in edition.text:
            return edition
        said = "What there is to say in the part On Segou, at some length."
        return edited(edition, "html_runs", "</body>", f"<p>{said}</p></body>")

    schedule(issue, at=None, by=None)
    tampering(leak)
    mailing = frozen(issue)

    assert mailing.state == MailingState.CHECK_FAILED
    assert "holds “On Segou”, which its readers did not choose" in " ".join(why_it_fails(mailing))
    assert list(LeakCheck.objects.order_by("passed").values_list("passed", flat=True)) == [
        False,
        True,
    ]


@pytest.mark.django_db
def test_a_missing_section_stops_the_mailing(
    issue: Issue, tampering: Callable[[Any], None]
) -> None:
    schedule(issue, at=None, by=None)
    tampering(lambda edition: edited(edition, "text_runs", "On Segou", ""))
    mailing = frozen(issue)

    assert mailing.state == MailingState.CHECK_FAILED
    assert "“On Segou” is missing or incomplete" in " ".join(why_it_fails(mailing))


HONEST = Selector.select


def honest(content: Any, chosen: Any, tree: Any) -> Selection:
    return HONEST(Selector(content, tree), chosen)


def everything(content: Any, chosen: Any, tree: Any) -> Selection:
    return Selection(tuple(SelectedSection(s, ()) for s in content.sections), content.assessments)


def not_for_everyone(content: Any, chosen: Any, tree: Any) -> Selection:
    selection = honest(content, chosen, tree)
    return changed(selection, sections=tuple(s for s in selection.sections if s.section.regions))


def side_by_side(content: Any, chosen: Any, tree: Any) -> Selection:
    wider = {above for code in chosen for above in tree.ancestors(code)}
    return honest(content, {*chosen, *wider}, tree)


@pytest.mark.django_db
@pytest.mark.parametrize("rule", [everything, not_for_everyone, side_by_side])
def test_a_broken_rule_of_selection_stops_the_mailing(
    issue: Issue, monkeypatch: pytest.MonkeyPatch, rule: Callable[..., Selection]
) -> None:
    schedule(issue, at=None, by=None)
    monkeypatch.setattr(
        Selector, "select", lambda self, chosen: rule(self._content, chosen, self._tree)
    )

    assert frozen(issue).state == MailingState.CHECK_FAILED


@pytest.mark.django_db
def test_readers_put_into_the_wrong_edition_stop_the_mailing(
    issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two editions with one key: the second set of readers gets the bytes of the first."""
    schedule(issue, at=None, by=None)
    monkeypatch.setattr(EditionOrder, "key", "the same")

    assert frozen(issue).state == MailingState.CHECK_FAILED


@pytest.mark.django_db
def test_a_stopped_mailing_keeps_its_rows_and_sends_nothing(
    issue: Issue, tampering: Callable[[Any], None]
) -> None:
    schedule(issue, at=None, by=None)
    tampering(lambda edition: reworded(edition, html=""))
    mailing = frozen(issue)

    assert claim() is None
    assert mailing.deliveries.filter(state=DeliveryState.PLANNED).count() == 2
    assert set(mailing.batches.values_list("state", flat=True)) == {BatchState.PENDING}
    assert (mailing.audience_size, Edition.objects.count()) == (2, 2)
    cancel(mailing)
    assert not Mailing.objects.filter(state=MailingState.CHECK_FAILED).exists()


@pytest.mark.django_db
def test_what_would_be_stopped_at_its_hour_is_not_scheduled(
    issue: Issue, tampering: Callable[[Any], None]
) -> None:
    tampering(lambda edition: edited(edition, "text_runs", "On Segou", ""))

    with pytest.raises(MendTheIssue, match="“On Segou” is missing or incomplete"):
        schedule(issue, at=None, by=None)
    assert not Mailing.objects.exists()


@pytest.mark.django_db
def test_a_fault_that_only_shows_at_the_freeze_stops_the_mailing(
    issue: Issue, tampering: Callable[[Any], None]
) -> None:
    schedule(issue, at=None, by=None)
    tampering(lambda e: edited(e, "html_runs", "</body>", "<img src='x'></body>"))
    mailing = frozen(issue)

    assert mailing.state == MailingState.CHECK_FAILED
    assert "1 picture has no words" in " ".join(why_it_fails(mailing))
    with override("fr"):
        assert any("1 image" in why for why in why_it_fails(mailing))
    stored = LeakCheck.objects.filter(passed=False).earliest("pk").problems
    assert stored == [{"flaw": "pictures", "about": {"number": 1}}]


@pytest.mark.django_db
def test_an_edition_for_a_reader_who_chose_otherwise_since_is_proved_too(
    issue: Issue, tampering: Callable[[Any], None]
) -> None:
    mailing = frozen(issue)
    reader = mailing.deliveries.get(mailbox="kayes@a.example")
    chosen = InterestSet.objects.of(Region.objects.filter(code__in=["ML-1", "ML-4"]))
    reader.subscription.interest_set = chosen
    reader.subscription.save()
    tampering(lambda edition: edited(edition, "text_runs", "On Segou", ""))

    batch = Batch.objects.get(deliveries=reader)
    claimed = claim()
    while claimed and claimed.pk != batch.pk:
        claimed = claim()
    assert claimed is not None
    commit_intent(claimed)

    mailing.refresh_from_db()
    assert mailing.state == MailingState.CHECK_FAILED
    assert claim() is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        "Text.\n\n![](picture:{})\n\nMore.",
        "Before ![](picture:{}) After",
        "![own words](picture:{})",
        "[![](picture:{} 'its title')](https://x.example.org/)",
        '[x](https://x.example.org/ "title")',
        'Some text that reads title="two words" and alt="others", and goes on.',
    ],
)
def test_what_was_scheduled_is_proved_at_its_hour(issue: Issue, body: str) -> None:
    picture = make_picture(alt="Roads around Kayes where convoys were attacked")
    issue.sections.filter(title=en("Letter")).update(body=en(body.format(picture.pk)))

    assert frozen(issue).state == MailingState.SENDING


@pytest.mark.django_db
def test_readers_who_come_later_go_by_the_leak_check_of_their_edition(issue: Issue) -> None:
    """Whatever a newer release would make of the same content, the bytes stay as they are."""
    mailing = frozen(issue)
    edition = mailing.editions.get(deliveries__interest_set__regions__code="ML-1")
    composer = composer_of(mailing)
    restate(edition, html_runs=(), text_runs=("Made in another way.",))

    same = Interest(edition.deliveries.get().interest_set_id, "en", "html")
    wider = Interest(InterestSet.objects.of(Region.objects.filter(code="ML")).pk, "en", "html")

    assert check_editions(mailing, composer, [{edition.pk: {same: 1}}])
    assert not check_editions(mailing, composer, [{edition.pk: {wider: 1}}])


CODES = (
    "001", "ML", "SN", "ML-1", "ML-2", "ML-3", "ML-4", "ML-6", "ML-9", "x-WESTERN-MALI", "CI",
)  # fmt: skip


class TheTwoStatementsOfTheRule(TestCase):
    """What SQL allows is what composing selects, for any choice and any sections."""

    tree: ClassVar[RegionTree]

    @classmethod
    def setUpTestData(cls) -> None:
        load_regions()
        cls.tree = RegionTree.load()

    @given(
        st.sets(st.sampled_from(CODES)),
        st.lists(st.sets(st.sampled_from(CODES), max_size=3), max_size=4),
        st.sets(st.sampled_from(CODES), max_size=4),
    )
    def test_agree(self, chosen: set[str], parts: list[set[str]], judged: set[str]) -> None:
        sections = (section(n, *codes) for n, codes in enumerate(parts))
        content = content_of(*sections, assessed=judged)

        selected = select(content, chosen, self.tree)

        numbering = Numbering(content)
        rule = ReadingRule(content, numbering)
        rule.look_up(chosen)
        assert set(numbering.parts_of(rule.allowed(chosen))) == selected.parts
