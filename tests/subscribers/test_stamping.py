from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from subscribers.errors import AskWithAnotherStamp
from subscribers.models import UsedStamp
from subscribers.services import forgetting
from subscribers.services.stamping import use

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_a_stamp_is_used_once() -> None:
    assert [use("stamp", "answers", life=DAY) for _ in range(3)] == [True, False, False]


def test_another_stamp_is_another_request() -> None:
    assert [use(stamp, "answers", life=DAY) for stamp in ("one", "two")] == [True, True]


def test_a_used_stamp_is_good_for_no_other_answers() -> None:
    use("stamp", "answers", life=DAY)

    with pytest.raises(AskWithAnotherStamp):
        use("stamp", "other answers", life=DAY)


def test_what_is_kept_of_a_form_tells_none_of_its_answers() -> None:
    use("stamp", "reader@example.org", life=DAY)

    assert "reader" not in str(UsedStamp.objects.values_list())


def test_a_stamp_is_forgotten_when_it_is_good_for_nothing_any_more() -> None:
    use("stamp", "answers", life=DAY)
    assert not forgetting.something_to_forget()
    UsedStamp.objects.update(expires_at=timezone.now())

    forgetting.forget()

    assert not UsedStamp.objects.exists()
