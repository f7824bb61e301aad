from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.audience.assigning import composer_of
from newsletter.audience.freezing import freeze_due
from newsletter.audience.segments import SegmentRule
from newsletter.editions.numbering import parts_held
from newsletter.editions.past import history_of_all
from newsletter.editions.recipes import assembled
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.preflight import preflight
from newsletter.models import (
    Assessment,
    BatchState,
    DatePrecision,
    DeliveryState,
    Incident,
    Issue,
    Mailing,
    MailingState,
    Section,
    SectionKind,
    Trend,
)
from newsletter.queries import counts_of
from newsletter.rendering.slots import OPEN
from newsletter.sample.loading import SENT_BEFORE, load_sample
from newsletter.sample.readers import THE_SIX
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    InterestSet,
    Language,
    MailFormat,
    Publication,
    Region,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
)
from tests.newsletter.rendering.test_html import Elements, words_of
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def queries_of_loading(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        load_regions()
        with CaptureQueriesContext(connection) as queries:
            load_sample()
        return len(queries)


@pytest.fixture
def mailing() -> Mailing:
    return Mailing.objects.get(issue__slug="september-2023")


def called(**which: str) -> dict[str, str]:
    """Rows that have those words in English as a text."""
    return {f"{name}__icontains": f'["en", "{words}"]' for name, words in which.items()}


def incident(**which: Any) -> Incident:
    return Incident.objects.get(**which)


def test_the_issue_goes_out_at_once(mailing: Mailing) -> None:
    assert mailing.state == MailingState.SCHEDULED
    assert mailing.scheduled_at <= timezone.now()
    assert mailing.issue == Issue.objects.get(slug="september-2023")


def test_an_issue_before_it_counts_as_sent_a_month_earlier(mailing: Mailing) -> None:
    earlier = Mailing.objects.exclude(pk=mailing.pk).get()

    assert earlier.state == MailingState.FINISHED
    assert earlier.finished_at
    assert mailing.scheduled_at - earlier.finished_at == pytest.approx(
        SENT_BEFORE, abs=timedelta(minutes=1)
    )
    counts = counts_of(earlier)
    assert counts.balanced
    assert (counts.of(DeliveryState.ACCEPTED), counts.total) == (189, 200)
    assert not earlier.batches.exclude(state=BatchState.SETTLED).exists()


def test_its_mails_will_say_what_changed_since(mailing: Mailing) -> None:
    of_kayes = SegmentRule(name="Kayes", regions=("ML-1",), languages=("en",))
    Mailing.objects.filter(pk=mailing.pk).update(segment_rule=of_kayes.as_json())

    freeze_due(50)

    texts = {assembled(e).text for e in mailing.editions.all() if "ML-1" in parts_held(e)}
    assert texts
    assert all("since “Western Mali, August 2023”" in text for text in texts)


def test_all_of_it_is_there_in_french_too(mailing: Mailing) -> None:
    edition = composer_of(mailing).edition_for(["ML"], language="fr", mail_format="html")

    assert "En anglais seulement" not in edition.html
    assert 'lang="en"' not in edition.html


def test_nothing_in_it_is_in_doubt(mailing: Mailing) -> None:
    sheet = preflight(draft_of(mailing.issue))

    assert (sheet.faults, list(sheet.doubts)) == ([], [])


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("codes", [THE_SIX, ("ML-6",), ("SN",)], ids=["six", "one", "nothing"])
def test_both_parts_of_its_mails_say_the_same_and_are_small(
    mailing: Mailing, codes: tuple[str, ...], language: str
) -> None:
    composer = composer_of(mailing)

    edition = composer.edition_for(
        codes, language=language, mail_format="html", history=history_of_all(composer.tracks)
    )

    html, text = words_of(edition.html), edition.text
    assert len(edition.html.encode()) <= 40_000
    assert set(re.findall(r"\d+", html)) <= set(re.findall(r"\d+", text))
    for link in Elements(edition.html).all("a"):
        assert unescape(str(link["href"])) in text
    said = set(re.findall(r"\w+", text))
    words = re.findall(r"\w+", html)
    assert sum(word in said for word in words) >= 0.9 * len(words)
    lines = (line for line in text.splitlines() if "://" not in line and OPEN not in line)
    assert max(map(len, lines)) <= 78


def test_loading_takes_a_bounded_number_of_queries(queries_of_loading: int) -> None:
    assert queries_of_loading <= 560


def test_loading_again_does_nothing(mailing: Mailing) -> None:
    again = load_sample()

    assert again is None
    assert Publication.objects.count() == 1
    assert Issue.objects.count() == Mailing.objects.count() == 2
    assert Subscription.objects.count() == 200


def test_everything_an_editor_could_write_passes_the_forms_checks(mailing: Mailing) -> None:
    for model in (Publication, Issue, Section, Assessment, Incident, Subscriber):
        for row in model.objects.all():
            row.full_clean()


def test_readers_choose_from_the_group_the_country_its_regions_and_its_neighbours(
    mailing: Mailing,
) -> None:
    offered = set(mailing.issue.publication.regions.values_list("code", flat=True))

    assert offered == {
        "x-WESTERN-MALI", "ML", "ML-BKO", *(f"ML-{number}" for number in range(1, 11)),
        "SN", "GN", "MR", "CI", "NE", "BF",
    }  # fmt: skip


def test_the_parts_stand_in_their_order(mailing: Mailing) -> None:
    kinds = list(mailing.issue.sections.values_list("kind", flat=True))

    assert kinds == [
        SectionKind.BOTTOM_LINE,
        SectionKind.LETTER,
        SectionKind.DEVELOPMENTS,
        *[SectionKind.REGIONS] * 7,
        SectionKind.TAKEAWAYS,
        SectionKind.OUTLOOK,
    ]


def test_only_the_parts_on_regions_are_for_some(mailing: Mailing) -> None:
    for section in mailing.issue.sections.all():
        assert section.regions.exists() == (section.kind == SectionKind.REGIONS), section


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Kayes", {"ML-1"}),
        ("Koulikoro", {"ML-2"}),
        ("Segou", {"ML-4"}),
        ("Sikasso", {"ML-3"}),
        ("Timbuktu", {"ML-6"}),
        ("Taoudenni", {"ML-10"}),
        ("Northern and eastern Mali", {"ML-7", "ML-8", "ML-9"}),
    ],
)
def test_a_part_is_on_its_regions(mailing: Mailing, title: str, codes: set[str]) -> None:
    section = mailing.issue.sections.get(**called(title=title))

    assert set(section.regions.values_list("code", flat=True)) == codes


def test_every_trend_has_the_right_direction(mailing: Mailing) -> None:
    trends = dict(mailing.issue.assessments.values_list("region__code", "trend"))

    up, down, left_open = Trend.INCREASED, Trend.DECREASED, Trend.NOT_ASSESSED
    assert trends == {
        "ML-2": up, "ML-4": up, "ML-6": up, "ML-10": up,
        "ML-1": down, "ML-3": down,
        "ML-7": left_open, "ML-8": left_open, "ML-9": left_open,
    }  # fmt: skip


def test_a_trend_has_a_reason_and_no_count(mailing: Mailing) -> None:
    for assessment in mailing.issue.assessments.all():
        assert assessment.reason
        assert assessment.count is None


@pytest.mark.parametrize(
    ("title", "word"),
    [("Kayes", "down"), ("Koulikoro", "up"), ("Segou", "up"), ("Sikasso", "down"),
     ("Timbuktu", "up"), ("Taoudenni", "up")],
)  # fmt: skip
def test_the_text_of_a_part_says_what_its_trend_says(
    mailing: Mailing, title: str, word: str
) -> None:
    section = Section.objects.get(**called(title=title))

    assert f"activity went **{word}** in September" in section.body.original


@pytest.mark.parametrize("title", ["Kayes", "Koulikoro", "Segou", "Sikasso", "Taoudenni"])
def test_a_part_without_incidents_says_so(mailing: Mailing, title: str) -> None:
    section = Section.objects.get(**called(title=title))

    assert not section.incidents.exists()
    assert f"No single incident in {title} is listed this month" in section.body.original


@pytest.mark.parametrize(
    "words",
    [
        ("Jihadist groups", "CMA", "Mauritania", "Timbuktu", "siege"),
        ("offensive on Kidal", "September", "limited"),
        ("MINUSMA", "FAMa", "Wagner", "CMA", "collide"),
        ("Liptako-Gourma Charter", "16 September", "Alliance of Sahel States", "mutual defence"),
    ],
)
def test_the_four_developments_are_told(mailing: Mailing, words: tuple[str, ...]) -> None:
    paragraphs = Section.objects.get(kind=SectionKind.DEVELOPMENTS).body.original.split("\n\n")

    assert any(all(word in paragraph for word in words) for paragraph in paragraphs)


def test_incidents_stand_in_the_part_they_belong_to(mailing: Mailing) -> None:
    told = Incident.objects.select_related("section")
    titles = Counter(one.section.title.original for one in told)

    assert titles == {
        "Strategic developments": 2,
        "Timbuktu": 7,
        "Northern and eastern Mali": 7,
    }


def test_an_incident_in_a_part_on_regions_lies_in_them(mailing: Mailing) -> None:
    for found in Incident.objects.filter(section__kind=SectionKind.REGIONS):
        assert set(found.regions.all()) <= set(found.section.regions.all()), found


def test_every_incident_names_its_source(mailing: Mailing) -> None:
    assert not Incident.objects.filter(source_url="").exists()


def test_an_incident_may_lie_in_several_regions_or_countries(mailing: Mailing) -> None:
    def codes(**which: Any) -> set[str]:
        return set(incident(**which).regions.values_list("code", flat=True))

    assert codes(**called(event_type="redeployment")) == {"ML-7", "ML-8"}
    assert codes(**called(event_type="agreement")) == {"ML", "NE", "BF"}


def test_dates_are_as_exact_as_they_are_known(mailing: Mailing) -> None:
    precisions = Counter(Incident.objects.values_list("date_precision", flat=True))
    blockade = incident(date_precision=DatePrecision.START)
    offensive = incident(date_precision=DatePrecision.MONTH)
    bases = incident(date_precision=DatePrecision.BEFORE)

    assert precisions[DatePrecision.DAY] == 13
    assert (blockade.date_start, blockade.date_end) == (date(2023, 8, 8), None)
    assert (offensive.date_start, offensive.date_end) == (date(2023, 9, 1), None)
    assert (bases.date_start, bases.date_end) == (None, date(2023, 10, 5))


@pytest.mark.parametrize(
    ("day", "place", "low", "high"),
    [
        ("2023-08-03", "Essailal", 6, None),
        ("2023-08-04", "Foyta", 2, 2),
        ("2023-08-11", "Ber", None, None),
        ("2023-09-01", "Niger River (boat Tombouctou)", 1, 1),
        ("2023-09-07", "Niger River, Banikane commune, Gourma-Rharous", 49, 154),
        ("2023-09-07", "Bamba (Bourem cercle)", 15, None),
        ("2023-09-08", "Gao (camp and airport)", 10, None),
        ("2023-09-12", "Bourem", 10, 56),
    ],
)
def test_a_toll_is_the_range_that_is_known(
    mailing: Mailing, day: str, place: str, low: int | None, high: int | None
) -> None:
    found = incident(date_start=date.fromisoformat(day), **called(place=place))

    assert (found.toll_low, found.toll_high) == (low, high)


def test_what_is_alleged_stays_alleged(mailing: Mailing) -> None:
    assert "alleged by CMA" in incident(**called(place="Foyta")).actor1.original
    assert "alleged by CMA" in incident(**called(place="Anefis")).actor1.original


def test_nothing_lies_after_the_day_the_issue_knows_of(mailing: Mailing) -> None:
    days = Incident.objects.values_list("date_start", "date_end")

    assert mailing.issue.cutoff_on
    assert max(day for pair in days for day in pair if day) <= mailing.issue.cutoff_on


def test_of_two_hundred_subscriptions_most_are_active(mailing: Mailing) -> None:
    statuses = Counter(Subscription.objects.values_list("status", flat=True))

    assert statuses == {
        SubscriptionStatus.ACTIVE: 190,
        SubscriptionStatus.PENDING: 6,
        SubscriptionStatus.ENDED: 4,
    }


def test_a_subscription_has_the_proof_of_each_step(mailing: Mailing) -> None:
    requested, confirmed, ended = ConsentKind.REQUESTED, ConsentKind.CONFIRMED, ConsentKind.ENDED
    expected = {
        SubscriptionStatus.PENDING: [requested],
        SubscriptionStatus.ACTIVE: [requested, confirmed],
        SubscriptionStatus.ENDED: [requested, confirmed, ended],
    }

    for subscription in Subscription.objects.prefetch_related("consent_events"):
        events = list(subscription.consent_events.all())
        assert [event.kind for event in events] == expected[SubscriptionStatus(subscription.status)]
        assert [event.at for event in events] == sorted(event.at for event in events)


def test_the_proof_tells_the_wording_and_the_regions(mailing: Mailing) -> None:
    confirmed = ConsentEvent.objects.filter(kind=ConsentKind.CONFIRMED)

    for event in confirmed.select_related("subscription__interest_set"):
        regions = event.subscription.interest_set.regions.values_list("code", flat=True)
        assert event.wording
        assert event.interests == dict.fromkeys(regions, "all")


def test_one_active_reader_is_suppressed(mailing: Mailing) -> None:
    suppression = Suppression.objects.get()

    subscription = Subscription.objects.get(subscriber__mailbox=suppression.mailbox)
    assert subscription.status == SubscriptionStatus.ACTIVE


def test_readers_differ_in_language_and_format(mailing: Mailing) -> None:
    assert Subscription.objects.filter(language=Language.FR).count() == 80
    assert 25 <= Subscription.objects.filter(mail_format=MailFormat.TEXT).count() <= 35


def test_every_address_is_one_kept_for_examples(mailing: Mailing) -> None:
    assert not Subscriber.objects.exclude(mailbox__endswith=".example.org").exists()


@pytest.mark.parametrize(
    "codes",
    [
        {"ML-1"},
        {"ML-1", "ML-3"},
        {"ML-1", "ML-2", "ML-3", "ML-4", "ML-6", "ML-10"},
        {"x-WESTERN-MALI"},
        {"ML"},
        {"SN"},
    ],
)
def test_interests_are_narrow_wide_or_elsewhere(mailing: Mailing, codes: set[str]) -> None:
    chosen = InterestSet.objects.get(digest=InterestSet.digest_of(dict.fromkeys(codes, "all")))

    assert chosen.subscriptions.filter(status=SubscriptionStatus.ACTIVE).exists()


def test_nobody_chose_what_is_not_offered(mailing: Mailing) -> None:
    offered = mailing.issue.publication.regions.all()
    chosen = Region.objects.filter(interest_sets__subscriptions__isnull=False).distinct()

    assert set(chosen) <= set(offered)
