from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from subscribers.addresses import one_mailbox
from subscribers.errors import AskLater
from subscribers.models import Publication, Region, SignUp, SignUpRequest
from subscribers.services.limiting import forget, forgive, let_in, something_to_forget
from tests.subscribers.asking import ask

pytestmark = pytest.mark.django_db

HERE, THERE = "192.0.2.0/24", "2001:db8:1::/48"


@pytest.fixture(autouse=True)
def cap(settings: Settings) -> int:
    settings.SIGNUPS_PER_NETWORK = 5
    return 5


def age(**by: float) -> None:
    rows = list(SignUp.objects.all())
    for row in rows:
        row.at -= timedelta(**by)
    SignUp.objects.bulk_update(rows, ["at"])


def from_here(times: int) -> None:
    for number in range(times):
        let_in(f"reader{number}@example.org", HERE)


def test_a_network_is_let_in_as_often_as_is_set(cap: int) -> None:
    from_here(cap)

    with pytest.raises(AskLater):
        let_in("another@example.org", HERE)


def test_one_network_does_not_shut_out_another(cap: int) -> None:
    from_here(cap)

    assert let_in("another@example.org", THERE)


def test_after_an_hour_a_network_is_let_in_again(cap: int) -> None:
    from_here(cap)

    age(minutes=61)

    assert let_in("another@example.org", HERE)


def test_who_is_turned_away_is_not_counted(cap: int) -> None:
    from_here(cap)
    for _ in range(3):
        with pytest.raises(AskLater):
            let_in("another@example.org", HERE)

    assert SignUp.objects.count() == cap


def test_visitors_of_whom_no_network_is_known_do_not_shut_each_other_out(cap: int) -> None:
    assert all(let_in(f"reader{number}@example.org", "") for number in range(cap + 1))


def test_a_mailbox_is_protected_from_visitors_of_whom_no_network_is_known() -> None:
    answered = [let_in("reader@example.org", "") for _ in range(4)]

    assert answered == [True, True, False, False]


def test_a_mailbox_is_answered_twice_a_day_however_it_is_spelled(settings: Settings) -> None:
    settings.SIGNUPS_PER_NETWORK = 100
    spellings = ["a.b@gmail.com", "ab+1@gmail.com", "A.B+2@GoogleMail.com", "ab@gmail.com"]

    assert [let_in(address, HERE) for address in spellings] == [True, True, False, False]

    age(hours=25)
    assert let_in("ab@gmail.com", HERE)


def test_a_mailbox_that_never_confirms_is_answered_three_times_in_a_month(
    settings: Settings,
) -> None:
    settings.SIGNUPS_PER_NETWORK = 1000
    answers = 0
    for _day in range(29):
        answers += sum(let_in("reader@example.org", HERE) for _ in range(2))
        age(hours=24)
    assert answers == 3

    age(days=30)
    assert let_in("reader@example.org", HERE)


def test_requests_that_are_not_answered_keep_no_mailbox_shut(settings: Settings) -> None:
    settings.SIGNUPS_PER_NETWORK = 1000
    for _hour in range(24):
        let_in("reader@example.org", HERE)
        age(hours=1)

    assert let_in("reader@example.org", HERE)


def test_a_mailbox_that_confirmed_is_answered_again_at_once() -> None:
    answers = []
    for _ in range(5):
        answers.append(let_in("r.eader@gmail.com", HERE))
        forgive("reader+1@gmail.com")

    assert answers == [True] * 5


def test_no_address_can_be_read_from_what_is_counted() -> None:
    let_in("reader@example.org", HERE)

    assert "reader" not in str(SignUp.objects.values_list())


def test_what_no_longer_counts_is_forgotten() -> None:
    let_in("old@example.org", HERE)
    age(days=31)
    let_in("new@example.org", HERE)

    assert something_to_forget()
    assert forget() == 1
    assert not something_to_forget()
    assert SignUp.objects.count() == 1


def test_the_network_is_forgotten_as_soon_as_it_no_longer_counts() -> None:
    let_in("reader@example.org", HERE)
    age(minutes=61)
    assert something_to_forget()

    forget()

    assert SignUp.objects.get().network == ""
    assert not something_to_forget()


def test_a_request_from_a_network_that_asks_too_often_leaves_nothing_behind(
    publication: Publication, kayes: Region, cap: int
) -> None:
    from_here(cap)

    with pytest.raises(AskLater):
        ask(publication, kayes, address="another@example.org", network=HERE)

    assert not SignUpRequest.objects.exists()


def test_eleven_spellings_of_one_proton_mailbox_bring_it_two_emails(
    publication: Publication, kayes: Region
) -> None:
    names = ("janedoe", "jane.doe", "jane-doe", "jane_doe", "j.a.n.e.doe", "JaneDoe+1")
    spellings = [f"{name}@{domain}" for name in names for domain in ("proton.me", "pm.me")]
    for number, spelling in enumerate(spellings[:11]):
        ask(publication, kayes, address=spelling, network=f"10.0.{number}.0/24")

    assert SignUpRequest.objects.count() == 2


def test_twenty_spellings_of_one_mailbox_bring_it_two_emails(
    publication: Publication, kayes: Region
) -> None:
    for number in range(20):
        ask(
            publication,
            kayes,
            address=f"victim+{number}@example.org",
            network=f"10.0.{number}.0/24",
        )

    assert SignUpRequest.objects.count() == 2


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Reader@Example.org", "reader@example.org"),
        ("reader+news@example.org", "reader@example.org"),
        ("f.i.r.s.t+x@gmail.com", "first@gmail.com"),
        ("first@googlemail.com", "first@gmail.com"),
        ("first.last@example.org", "first.last@example.org"),
        ("a.b-c_d+x@pm.me", "abcd@proton.me"),
        ("ABCD@protonmail.com", "abcd@proton.me"),
        ("abcd@protonmail.ch", "abcd@proton.me"),
        ("first-last@ya.ru", "firstlast@yandex.ru"),
        ("first.last@yandex.com", "firstlast@yandex.ru"),
        ("first.last+x@outlook.com", "first.last@outlook.com"),
        ("first@mac.com", "first@icloud.com"),
        ("base-word@yahoo.co.uk", "base@yahoo.co.uk"),
        ("...@gmail.com", "...@gmail.com"),
        ("first-last@example.org", "first-last@example.org"),
        ("+x@example.org", "+x@example.org"),
    ],
)
def test_spellings_of_one_mailbox_are_one(address: str, mailbox: str) -> None:
    assert one_mailbox(address) == mailbox


@given(
    local=st.text("abyzABYZ09.+_-", min_size=1, max_size=20),
    domain=st.sampled_from(["pm.me", "googlemail.com", "ymail.com", "ya.ru", "example.org"]),
)
def test_the_mailbox_of_a_mailbox_is_itself(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    assert one_mailbox(one_mailbox(address)) == one_mailbox(address)


def test_no_more_than_the_limit_is_forgotten_at_once() -> None:
    for _number in range(3):
        SignUp.objects.create(at=timezone.now() - timedelta(days=31), mailbox_key="k")

    assert [forget(limit=2), forget(limit=2)] == [2, 1]
