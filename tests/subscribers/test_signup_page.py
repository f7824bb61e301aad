from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from subscribers.models import (
    Publication,
    Region,
    RegionKind,
    SignUp,
    SignUpRequest,
    Suppression,
)
from subscribers.robots import RobotCheck
from tests.answers import Answer
from tests.factories import make_publication, make_region, make_subscription
from tests.subscribers.stamps import stamp_for

pytestmark = pytest.mark.django_db


def sign_up(client: Client, publication: Publication, **fields: object) -> Answer:
    typed: dict[str, Any] = {"address": "reader@example.org", "regions": ["ML-1"], "language": "en"}
    typed |= {"mail_format": "html", "stamp": stamp_for(publication), **fields}
    return client.post(f"/p/{publication.slug}/", typed)


def test_the_only_publication_has_its_form_on_the_first_page(
    client: Client, publication: Publication
) -> None:
    page = client.get("/").content.decode()

    assert f'action="/p/{publication.slug}/"' in page
    assert 'type="email" name="address" autocomplete="email"' in page


def test_several_publications_are_listed(client: Client) -> None:
    first, second = make_publication(name="Sahel"), make_publication(name="Coast")

    page = client.get("/").content.decode()

    assert f'href="/p/{first.slug}/"><bdi>Sahel' in page
    assert f'href="/p/{second.slug}/"><bdi>Coast' in page


def test_without_a_publication_the_first_page_says_so_kindly(client: Client) -> None:
    assert "Nothing to subscribe to yet" in client.get("/").content.decode()


def test_a_publication_without_regions_says_that_it_is_being_prepared(client: Client) -> None:
    page = client.get(f"/p/{make_publication().slug}/").content.decode()

    assert "being prepared" in page
    assert "<form" not in page.split("<footer")[0]


def test_a_publication_of_regions_that_are_no_more_says_that_there_is_none_to_choose(
    client: Client, publication: Publication
) -> None:
    publication.regions.update(valid_to=date(2020, 1, 1))

    page = client.get(f"/p/{publication.slug}/").content.decode()

    assert "There is no region to choose at the moment." in page
    assert "<form" not in page.split("<footer")[0]


def test_what_came_in_place_of_a_region_is_offered(
    client: Client, publication: Publication, kayes: Region
) -> None:
    kayes.successors.add(make_region("ML-11", name_en="Kita"))
    publication.regions.update(valid_to=date(2020, 1, 1))

    page = client.get(f"/p/{publication.slug}/").content.decode()

    assert re.findall(r'type="checkbox"[^>]*value="([^"]+)"', page) == ["ML-11"]


def test_an_unknown_publication_is_not_found(client: Client) -> None:
    assert client.get("/p/nothing/").status_code == 404


@pytest.mark.parametrize(("level", "stored"), [("alerts", "alerts"), ("", "all")])
def test_a_reader_says_how_much_they_want(
    client: Client, publication: Publication, level: str, stored: str
) -> None:
    sign_up(client, publication, regions=["ML-1", "ML-4"], level=level)

    assert SignUpRequest.objects.get().interest_set.levels == {"ML-1": stored, "ML-4": stored}


def test_a_sign_up_leads_to_the_page_about_the_mail(
    client: Client, publication: Publication
) -> None:
    answer = sign_up(client, publication, regions=["ML-1", "ML-4"], mail_format="text")

    assert (answer.status_code, answer["Location"]) == (303, "/check-your-mail/")
    request = SignUpRequest.objects.get()
    assert (request.address, request.mail_format) == ("reader@example.org", "text")
    chosen = set(request.interest_set.regions.values_list("code", flat=True))
    assert chosen == {"ML-1", "ML-4"}


def test_the_sentence_on_the_page_is_kept_as_proof(
    client: Client, publication: Publication
) -> None:
    page = client.get("/").content.decode()

    sign_up(client, publication)

    proof = SignUpRequest.objects.get()
    assert f'<p class="consent">{proof.wording}</p>' in page
    assert proof.wording.startswith("I want to get “Sahel Dispatch” by email")
    assert (proof.page, proof.network) == (f"/p/{publication.slug}/", "127.0.0.0/24")


def test_nothing_is_ticked_beforehand(client: Client, publication: Publication) -> None:
    boxes = re.findall(r'<input type="checkbox"[^>]*>', client.get("/").content.decode())

    assert len(boxes) == 2
    assert not any("checked" in box for box in boxes)


@pytest.mark.parametrize(
    ("fields", "sentence", "field"),
    [
        ({"address": ""}, "Enter an address like name@example.com.", "address"),
        ({"address": "me at home"}, "Enter an address like name@example.com.", "address"),
        ({"address": "a@b@example.org"}, "Enter an address like name@example.com.", "address"),
        ({"address": "é@example.org"}, "Enter an address like name@example.com.", "address"),
        ({"address": "a" * 250 + "@x.org"}, "Enter an address like name@example.com.", "address"),
        ({"regions": []}, "Choose at least one region.", "regions"),
        ({"regions": ["ML-1", "XX-9"]}, "One of these regions is not offered.", "regions"),
        ({"regions": ["ML-1", "ML-1\0"]}, "One of these regions is not offered.", "regions"),
        ({"language": "xx"}, "Choose one of these languages.", "language"),
        ({"language": ""}, "Choose a language.", "language"),
        ({"mail_format": "pdf"}, "Choose one of these formats.", "mail_format"),
    ],
)
def test_what_is_wrong_is_said_at_the_top_and_in_its_place(
    client: Client,
    publication: Publication,
    fields: dict[str, object],
    sentence: str,
    field: str,
) -> None:
    answer = sign_up(client, publication, **fields)

    page = answer.content.decode()
    title = re.search(r"<title>\s*(.*?)\s*</title>", page, re.DOTALL)
    assert title is not None
    assert title[1].startswith("Error: ")
    assert f'<a href="#id_{field}">{sentence}' in page
    assert f'id="id_{field}_error"' in page
    assert 'role="alert"' in page
    assert not SignUpRequest.objects.exists()


def test_all_that_is_wrong_is_said_at_once(client: Client, publication: Publication) -> None:
    page = sign_up(client, publication, address="", regions=[]).content.decode()

    assert "#id_address" in page
    assert "#id_regions" in page


def test_a_form_that_comes_back_keeps_what_was_typed_and_ticked(
    client: Client, publication: Publication
) -> None:
    answer = sign_up(
        client,
        publication,
        address="me at <home>",
        regions=["ML-4"],
        language="fr",
        mail_format="text",
    )

    page = answer.content.decode()
    assert 'value="me at &lt;home&gt;"' in page
    assert re.search(r'value="ML-4"\s+checked', page)
    assert not re.search(r'value="ML-1"\s+checked', page)
    assert re.search(r'value="fr"[^>]*checked', page)
    assert re.search(r'value="text"[^>]*checked', page)


def test_what_nobody_was_asked_is_said_without_harm(
    client: Client, publication: Publication
) -> None:
    answer = client.post(f"/p/{publication.slug}/", b"\xff\xfe=&&&", content_type="text/plain")

    assert "There is a problem" in answer.content.decode()


@pytest.mark.parametrize("state", ["new", "pending", "active", "ended", "suppressed"])
def test_the_answer_is_the_same_for_every_address(publication: Publication, state: str) -> None:
    if state in ("pending", "active", "ended"):
        make_subscription(publication=publication, status=state, address="reader@example.org")
    if state == "suppressed":
        Suppression.objects.create(mailbox="reader@example.org", reason="bounced")
    browser = Client()

    answer = sign_up(browser, publication)
    next_page = browser.get(answer["Location"])

    stranger = Client()
    other = sign_up(stranger, publication, address="stranger@example.com")
    assert (answer.status_code, answer.content) == (other.status_code, other.content)
    assert answer.headers == other.headers
    assert answer.cookies.output() == other.cookies.output() == ""
    assert _still(next_page) == _still(stranger.get(other["Location"]))


def _still(page: Answer) -> str:
    """The page without what changes at every visit."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())


# Programs that fill in forms


def test_the_form_has_a_field_that_nobody_sees_or_reaches(
    client: Client, publication: Publication
) -> None:
    page = client.get(f"/p/{publication.slug}/").content.decode()

    (trap,) = re.findall(r'<p class="unseen" aria-hidden="true">.*?</p>', page)
    assert 'name="remarks"' in trap
    assert 'tabindex="-1"' in trap
    assert 'autocomplete="off"' in trap


def test_a_person_whose_browser_fills_it_in_is_told_and_goes_on(
    client: Client, publication: Publication
) -> None:
    stamp = stamp_for(publication)

    page = sign_up(client, publication, remarks="autofilled", stamp=stamp).content.decode()

    assert "A field that stays empty was filled in, perhaps by your browser." in page
    assert "autofilled" not in page
    assert 'value="reader@example.org"' in page
    assert not SignUpRequest.objects.exists()
    shown = re.search(r'name="stamp" value="([^"]+)"', page)
    assert shown is not None
    assert sign_up(client, publication, stamp=shown[1]).status_code == 303
    assert SignUpRequest.objects.count() == 1


def test_a_filled_trap_leaves_a_trace_without_an_address(
    client: Client, publication: Publication, caplog: pytest.LogCaptureFixture
) -> None:
    sign_up(client, publication, remarks="https://casino.example")

    assert "A sign-up from 127.0.0.0/24 came with its hidden field filled in." in caplog.text
    assert "reader" not in caplog.text


def test_a_double_click_is_one_request(client: Client, publication: Publication) -> None:
    stamp = stamp_for(publication)

    answers = [sign_up(client, publication, stamp=stamp) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert SignUpRequest.objects.count() == 1


def test_a_form_that_is_corrected_and_sent_again_is_asked_for_once_more(
    client: Client, publication: Publication
) -> None:
    stamp = stamp_for(publication)
    sign_up(client, publication, stamp=stamp, address="raeder@example.org")

    page = sign_up(client, publication, stamp=stamp).content.decode()

    assert "send the form again" in page
    assert stamp not in page
    assert sign_up(client, publication).status_code == 303
    addresses = SignUpRequest.objects.values_list("address", flat=True)
    assert set(addresses) == {"raeder@example.org", "reader@example.org"}


def test_a_form_that_was_refused_can_be_sent_again(
    client: Client, publication: Publication, settings: Settings
) -> None:
    settings.SIGNUPS_PER_NETWORK = 0
    stamp = stamp_for(publication)
    sign_up(client, publication, stamp=stamp)
    settings.SIGNUPS_PER_NETWORK = 30

    assert sign_up(client, publication, stamp=stamp).status_code == 303
    assert SignUpRequest.objects.count() == 1


# The brake


def solved(publication: Publication, bits: int) -> dict[str, str]:
    """What a browser that did the work sends back."""
    stamp = stamp_for(publication)
    proofs = ({"stamp": stamp, "proof": str(number)} for number in range(100_000))
    return next(one for one in proofs if RobotCheck("", one).proves(bits))


@pytest.fixture
def brake(settings: Settings, publication: Publication) -> int:
    """Two requests of this hour wait for their confirmation, and more are too many."""
    settings.SIGNUPS_BEFORE_PROOF, settings.SIGNUP_PROOF_BITS = 2, 8
    for number in range(2):
        sign_up(Client(), publication, address=f"reader{number}@example.org")
    return 8


def test_the_form_asks_for_no_work_while_few_sign_up(
    client: Client, publication: Publication
) -> None:
    assert "proof-of-work" not in client.get(f"/p/{publication.slug}/").content.decode()


def test_the_form_asks_for_work_while_many_sign_up(
    client: Client, publication: Publication, brake: int
) -> None:
    page = client.get(f"/p/{publication.slug}/").content.decode()

    assert f'data-proof-bits="{brake}"' in page
    assert 'src="/static/proof-of-work.js"' in page


def test_a_request_with_its_work_done_is_answered_at_once(
    client: Client, publication: Publication, brake: int
) -> None:
    assert sign_up(client, publication, **solved(publication, brake)).status_code == 303

    assert SignUpRequest.objects.latest("pk").due_at <= timezone.now()


def test_requests_without_it_are_taken_and_answered_one_by_one(
    client: Client, publication: Publication, brake: int
) -> None:
    answers = [
        sign_up(Client(), publication, address=f"slow{number}@example.org") for number in range(3)
    ]

    assert [answer.status_code for answer in answers] == [303] * 3
    waits = [
        round((request.due_at - timezone.now()).total_seconds() / 60)
        for request in SignUpRequest.objects.filter(address__startswith="slow").order_by("pk")
    ]
    assert waits == [1, 2, 3]


def test_the_brake_comes_off_when_readers_confirm(
    client: Client, publication: Publication, brake: int
) -> None:
    SignUp.objects.update(confirmed=True)

    assert "proof-of-work" not in client.get(f"/p/{publication.slug}/").content.decode()


@pytest.mark.parametrize("seconds", [0, 90_000])
def test_a_form_that_comes_back_at_once_or_after_days_is_to_be_sent_again(
    client: Client, publication: Publication, seconds: int
) -> None:
    answer = sign_up(client, publication, stamp=stamp_for(publication, seconds_ago=seconds))

    page = answer.content.decode()
    assert "Please check your answers and send the form again." in page
    assert 'value="reader@example.org"' in page
    assert not SignUpRequest.objects.exists()


def test_a_form_that_nobody_was_shown_is_to_be_sent_again(
    client: Client, publication: Publication
) -> None:
    page = sign_up(client, publication, stamp="").content.decode()

    assert "send the form again" in page
    assert re.search(r'name="stamp" value="[^"]{40,}"', page)
    assert not SignUpRequest.objects.exists()


def test_a_network_that_asks_too_often_is_told_so_whatever_the_address(
    client: Client, publication: Publication, settings: Settings
) -> None:
    settings.SIGNUPS_PER_NETWORK = 1
    make_subscription(publication=publication, address="known@example.org")
    sign_up(client, publication)

    known, stranger = (
        sign_up(Client(), publication, address=address).content.decode()
        for address in ("known@example.org", "stranger@example.org")
    )

    sentence = "Many people are signing up from your network. Please try again in an hour."
    assert sentence in known
    assert sentence in stranger
    assert not SignUpRequest.objects.filter(address="known@example.org")


def test_behind_a_proxy_visitors_are_told_apart_by_what_the_proxy_says(
    publication: Publication, settings: Settings
) -> None:
    settings.BEHIND_PROXY = 1
    typed: dict[str, Any] = {"address": "reader@example.org", "regions": ["ML-1"], "language": "en"}
    typed |= {"mail_format": "html", "stamp": stamp_for(publication)}
    forged_then_real = {"X-Forwarded-For": "203.0.113.7, 198.51.100.9"}

    Client().post(f"/p/{publication.slug}/", typed, headers=forged_then_real)

    assert SignUpRequest.objects.get().network == "198.51.100.0/24"


def test_readers_behind_a_gateway_that_writes_ports_do_not_shut_each_other_out(
    publication: Publication, settings: Settings
) -> None:
    settings.BEHIND_PROXY, settings.SIGNUPS_PER_NETWORK = 1, 1
    typed = {"regions": ["ML-1"], "language": "en", "mail_format": "html"}

    answers = [
        Client().post(
            f"/p/{publication.slug}/",
            typed | {"address": f"px{n}@example.org", "stamp": stamp_for(publication)},
            headers={"X-Forwarded-For": f"203.0.{n}.9:51234"},
        )
        for n in range(3)
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    networks = set(SignUpRequest.objects.values_list("network", flat=True))
    assert networks == {f"203.0.{n}.0/24" for n in range(3)}


def test_without_a_proxy_a_header_that_anyone_can_write_is_not_believed(
    publication: Publication,
) -> None:
    typed: dict[str, Any] = {"address": "reader@example.org", "regions": ["ML-1"], "language": "en"}
    typed |= {"mail_format": "html", "stamp": stamp_for(publication)}

    Client().post(f"/p/{publication.slug}/", typed, headers={"X-Forwarded-For": "203.0.113.7"})

    assert SignUpRequest.objects.get().network == "127.0.0.0/24"


def test_the_next_page_tells_what_happens(client: Client) -> None:
    page = client.get("/check-your-mail/").content.decode()

    assert "7 days" in page
    assert "spam" in page


def test_a_form_from_another_site_is_refused(publication: Publication) -> None:
    answer = sign_up(Client(enforce_csrf_checks=True), publication)

    assert answer.status_code == 403
    assert "Please send the form again" in answer.content.decode()


def test_a_reader_whose_browser_takes_no_cookies_is_told_what_to_do(
    publication: Publication,
) -> None:
    page = sign_up(Client(enforce_csrf_checks=True), publication).content.decode()

    assert "let your browser accept cookies from this site" in page
    assert "To unsubscribe, you need none." in page


def test_regions_stand_in_their_country_and_wider_areas_come_first(client: Client) -> None:
    mali = make_region("ML", name_en="Mali", kind=RegionKind.COUNTRY)
    niger = make_region("NE", name_en="Niger", kind=RegionKind.COUNTRY)
    west = make_region("x-WEST", name_en="Western Mali", kind=RegionKind.GROUP, parent=mali)
    kayes = make_region("ML-1", name_en="Kayes", parent=mali)
    bamako = make_region("ML-BKO", name_en="Bamako", parent=mali)
    west.members.add(kayes)
    publication = make_publication(regions=[kayes, bamako, mali, niger, west])

    page = client.get(f"/p/{publication.slug}/").content.decode()

    fieldsets = re.findall(r'<fieldset class="country">(.*?)</fieldset>', page, re.DOTALL)
    assert [_words(fieldset) for fieldset in fieldsets] == [
        "Countries and areas Western Mali Kayes Niger",
        "Mali Mali (the whole country) Bamako Kayes",
    ]


def test_namesakes_are_told_apart_by_their_country(client: Client) -> None:
    countries = [
        make_region(code, name_en=name, kind=RegionKind.COUNTRY)
        for code, name in (("CI", "Côte d’Ivoire"), ("TG", "Togo"))
    ]
    regions = [
        make_region(f"{country.code}-S", name_en="Savanes", parent=country) for country in countries
    ]
    publication = make_publication(regions=regions)

    page = client.get(f"/p/{publication.slug}/").content.decode()

    assert "Savanes (Togo)" in page
    assert "Savanes (Côte d’Ivoire)" in page


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_form_takes_as_many_queries_for_many_regions_as_for_one(
    client: Client, kayes: Region, segou: Region
) -> None:
    small, large = make_publication(regions=[kayes]), make_publication(regions=[kayes, segou])

    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(f"/p/{small.slug}/")
    with CaptureQueriesContext(connection) as many:
        client.get(f"/p/{large.slug}/")

    assert len(many) == len(few)


def test_the_language_of_the_page_is_chosen_first(client: Client) -> None:
    publication = make_publication(regions=["ML-1"], languages=["fr", "en"])

    page = client.get(f"/p/{publication.slug}/", headers={"accept-language": "fr"})

    assert re.search(r'value="fr"[^>]*checked', page.content.decode())


def test_a_publication_in_one_language_offers_that_one(client: Client) -> None:
    publication = make_publication(regions=["ML-1"], languages=["fr"])

    page = client.get(f"/p/{publication.slug}/").content.decode()

    radios = re.findall(r'<input type="radio" name="language" value="(\w+)"[^>]*(checked)', page)
    assert radios == [("fr", "checked")]


def test_the_form_tells_how_data_is_handled(client: Client) -> None:
    publication = make_publication(regions=["ML-1"], privacy_url="https://example.org/privacy")

    page = client.get(f"/p/{publication.slug}/").content.decode()

    assert '<a class="way" href="https://example.org/privacy">How we handle your data</a>' in page
