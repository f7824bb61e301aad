from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from subscribers.models import Choices, ChosenRegion, InterestSet, Level, Region
from tests.factories import make_region

pytestmark = pytest.mark.django_db


def test_the_same_regions_at_the_same_levels_are_one_set(kayes: Region, segou: Region) -> None:
    one = InterestSet.objects.of({kayes: Level.ALL, segou: Level.ALERTS})
    two = InterestSet.objects.of({segou: Level.ALERTS, kayes: Level.ALL})

    assert one == two
    assert one.levels == {"ML-1": Level.ALL, "ML-4": Level.ALERTS}


def test_the_same_regions_at_other_levels_are_another_set(kayes: Region) -> None:
    assert InterestSet.objects.of({kayes: Level.ALERTS}) != InterestSet.objects.of([kayes])


def test_a_region_without_a_level_is_wanted_with_everything(kayes: Region) -> None:
    assert InterestSet.objects.of([kayes]) == InterestSet.objects.of({kayes: Level.ALL})


def test_a_level_is_said_where_it_is_not_everything() -> None:
    kayes = make_region("ML-1", name_en="Kayes", name_fr="Kayes")
    gao = make_region("ML-7", name_en="Gao", name_fr="Gao")
    chosen = InterestSet.objects.of({kayes: Level.ALL, gao: Level.ALERTS})

    with override("fr"):
        here = str(chosen)

    assert here == "Gao (alertes seulement), Kayes"
    assert chosen.in_words("en") == ["Gao (alerts only)", "Kayes"]


def test_many_sets_say_together_what_each_says_alone(kayes: Region, segou: Region) -> None:
    sets = [
        InterestSet.objects.of(interests)
        for interests in ({kayes: Level.ALERTS}, {segou: Level.ALL, kayes: Level.ALL}, {})
    ]

    together = Choices([one.pk for one in sets]).in_words([one.pk for one in sets], "fr")

    assert together == {one.pk: one.in_words("fr") for one in sets}


def test_choices_are_read_in_two_queries_however_many(
    kayes: Region, segou: Region, django_assert_num_queries: Any
) -> None:
    sets = [InterestSet.objects.of(of).pk for of in ([kayes], [segou], [kayes, segou])]

    with django_assert_num_queries(2):
        Choices(sets)


def test_a_region_is_in_a_set_once(kayes: Region) -> None:
    chosen = InterestSet.objects.of([kayes])

    with pytest.raises(IntegrityError), transaction.atomic():
        ChosenRegion.objects.create(interest_set=chosen, region=kayes, level=Level.ALERTS)
