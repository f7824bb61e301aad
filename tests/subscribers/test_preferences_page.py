from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from subscribers.models import (
    ConsentEvent,
    Notice,
    Publication,
    Region,
    RegionKind,
    Subscriber,
    Subscription,
)
from subscribers.proposals import sealed
from subscribers.tokens import Purpose, read, sign
from tests.answers import Answer
from tests.factories import make_region, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription(publication: Publication, kayes: Region) -> Subscription:
    return make_subscription(publication=publication, regions=[kayes], address="reader@example.org")


def path_for(subscription: Subscription) -> str:
    return f"/preferences/{sign(Purpose.PREFERENCES, subscription.public_id)}/"


def ticked(page: str) -> set[str]:
    return set(re.findall(r'type="checkbox"[^>]*value="([^"]+)"\s+checked', page))


def chosen(subscription: Subscription) -> set[str]:
    stored = Subscription.objects.get(pk=subscription.pk)
    return set(stored.interest_set.regions.values_list("code", flat=True))


def test_the_page_shows_the_choice_as_it_stands(client: Client, subscription: Subscription) -> None:
    page = client.get(path_for(subscription)).content.decode()

    assert ticked(page) == {"ML-1"}
    assert re.search(r'value="en"[^>]*checked', page)
    assert re.search(r'value="html"[^>]*checked', page)
    assert "r•••@example.org" in page
    assert "reader@example.org" not in page


def test_a_new_choice_is_saved_and_said(client: Client, subscription: Subscription) -> None:
    path = path_for(subscription)

    answer = client.post(path, {"regions": ["ML-4"], "language": "en", "mail_format": "text"})

    assert (answer.status_code, answer["Location"]) == (303, path)
    assert chosen(subscription) == {"ML-4"}
    subscription.refresh_from_db()
    assert subscription.mail_format == "text"
    assert "Saved." in client.get(path).content.decode()
    assert "Saved." not in client.get(path).content.decode()


def test_readers_are_told_of_regions_that_are_covered_no_more(
    client: Client, publication: Publication, segou: Region
) -> None:
    gao = make_region("ML-7", name_en="Gao")
    reader = make_subscription(publication=publication, regions=[segou, gao])
    publication.regions.remove(gao)

    page = client.get(path_for(reader)).content.decode()

    assert "We no longer cover Gao. Your choice is kept" in page
    assert ticked(page) == {"ML-4", "ML-7"}


def test_readers_of_what_is_covered_are_told_of_nothing(
    client: Client, subscription: Subscription
) -> None:
    assert "We no longer cover" not in client.get(path_for(subscription)).content.decode()


def chosen_level(page: str) -> str:
    level: str
    (level,) = re.findall(r'name="level" value="(\w+)"[^>]*checked', page)
    return level


def levels(subscription: Subscription) -> dict[str, str]:
    return dict(Subscription.objects.get(pk=subscription.pk).interest_set.levels)


def wanted(page: str) -> set[str]:
    return set(re.findall(r'<option value="([^"]+)" selected', page))


def test_how_much_of_a_region_is_wanted_is_saved_shown_and_kept_as_proof(
    client: Client, subscription: Subscription, segou: Region
) -> None:
    subscription.publication.regions.add(segou)
    form = {"language": "en", "mail_format": "html", "regions": ["ML-1", "ML-4"]}

    client.post(path_for(subscription), {**form, "levels": ["ML-1 alerts", "ML-4 all"]})

    assert levels(subscription) == {"ML-1": "alerts", "ML-4": "all"}
    assert ConsentEvent.objects.get().interests == {"ML-1": "alerts", "ML-4": "all"}
    assert wanted(client.get(path_for(subscription)).content.decode()) >= {"ML-1 alerts"}


def test_a_reader_who_wants_everything_is_not_asked_what_makes_no_difference_yet(
    client: Client, subscription: Subscription
) -> None:
    page = client.get(path_for(subscription)).content.decode()

    assert 'value="ML-1"' in page
    assert 'name="levels"' not in page


def test_a_form_that_says_no_level_leaves_it_as_it_is(
    client: Client, publication: Publication
) -> None:
    reader = make_subscription(publication=publication, regions={"ML-1": "issues"})

    client.post(path_for(reader), {"language": "en", "mail_format": "text", "regions": ["ML-1"]})

    assert levels(reader) == {"ML-1": "issues"}


@pytest.mark.parametrize("level", ["ML-1 some", "ML-1", "alerts", "ML-1 all x", " "])
def test_what_is_no_level_is_refused(
    client: Client, subscription: Subscription, level: str
) -> None:
    form = {"language": "en", "mail_format": "html", "regions": ["ML-1"], "levels": [level]}

    page = client.post(path_for(subscription), form).content.decode()

    assert "Choose how much you want of each region." in page
    assert levels(subscription) == {"ML-1": "all"}


def test_what_takes_the_place_of_a_wider_region_comes_as_that_did(
    client: Client, publication: Publication
) -> None:
    mali = make_region("ML", kind=RegionKind.COUNTRY)
    for code in ("ML-1", "ML-4"):
        publication.regions.add(make_region(code, parent=mali))
    Region.objects.filter(code__in=("ML-1", "ML-4")).update(parent=mali)
    reader = make_subscription(publication=publication, regions={"ML": "alerts"})

    page = client.get(f"{path_for(reader)}?without=ML-1").content.decode()

    assert ticked(page) == {"ML-4"}
    assert chosen_level(page) == "alerts"


def test_one_level_may_be_chosen_for_all_regions(
    client: Client, subscription: Subscription
) -> None:
    form = {"language": "en", "mail_format": "html", "regions": ["ML-1", "ML-4"]}

    client.post(path_for(subscription), {**form, "level": "issues"})

    assert levels(subscription) == {"ML-1": "issues", "ML-4": "issues"}
    page = client.get(path_for(subscription)).content.decode()
    assert chosen_level(page) == "issues"
    assert 'name="levels"' not in page


def test_who_wants_it_differently_for_each_region_is_asked_for_each(
    client: Client, subscription: Subscription
) -> None:
    form = {"language": "en", "mail_format": "html", "regions": ["ML-1", "ML-4"], "level": "each"}

    asked = client.post(path_for(subscription), form).content.decode()
    assert "Choose how much you want of each region, and save again." in asked
    assert {"ML-1 all", "ML-4 all"} <= wanted(asked)
    client.post(path_for(subscription), {**form, "levels": ["ML-1 alerts", "ML-4 issues"]})

    assert levels(subscription) == {"ML-1": "alerts", "ML-4": "issues"}
    assert chosen_level(client.get(path_for(subscription)).content.decode()) == "each"


def test_a_pause_is_saved_said_and_shown(client: Client, subscription: Subscription) -> None:
    until = subscription.publication.today + timedelta(days=30)
    form = {"regions": ["ML-1"], "language": "en", "mail_format": "html"}

    client.post(path_for(subscription), {**form, "paused_until": until.isoformat()})
    page = client.get(path_for(subscription)).content.decode()

    assert Subscription.objects.get().paused_until == until
    assert "Saved. We send you nothing until" in page
    assert f'value="{until.isoformat()}"' in page


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_pause_ends_on_a_day_within_a_year(
    client: Client, subscription: Subscription, days: int
) -> None:
    until = subscription.publication.today + timedelta(days=days)
    form = {"regions": ["ML-1"], "language": "en", "mail_format": "html"}

    page = client.post(path_for(subscription), {**form, "paused_until": until}).content.decode()

    assert "Choose a day within the next year." in page
    assert Subscription.objects.get().paused_until is None


def test_a_pause_that_is_over_is_not_shown(client: Client, subscription: Subscription) -> None:
    Subscription.objects.update(paused_until=subscription.publication.today)

    page = client.get(path_for(subscription)).content.decode()

    assert subscription.publication.today.isoformat() not in page


def test_the_page_speaks_the_new_language_at_once(
    client: Client, subscription: Subscription
) -> None:
    form = {"regions": ["ML-1"], "language": "fr", "mail_format": "html"}

    answer = client.post(path_for(subscription), form, follow=True)

    assert '<html lang="fr" dir="ltr">' in answer.content.decode()


def test_the_sentence_on_the_page_is_kept_as_proof_without_the_token(
    client: Client, subscription: Subscription
) -> None:
    path = path_for(subscription)
    page = client.get(path).content.decode()

    client.post(path, {"regions": ["ML-4"], "language": "en", "mail_format": "html"})

    proof = ConsentEvent.objects.get()
    assert f'<p class="consent">{proof.wording}</p>' in page
    assert (proof.kind, proof.page) == ("changed", "/preferences/")


def test_a_region_that_is_no_longer_offered_is_shown_and_stays_ticked(
    client: Client, subscription: Subscription, kayes: Region
) -> None:
    subscription.publication.regions.remove(kayes)

    page = client.get(path_for(subscription)).content.decode()

    assert ticked(page) == {"ML-1"}


@pytest.mark.parametrize(
    ("regions", "sentence"),
    [
        ([], "Choose at least one region."),
        (["XX-9"], "One of these regions is not offered."),
        (["SN-DK"], "One of these regions is not offered."),
    ],
)
def test_a_choice_that_cannot_be_saved_changes_nothing(
    client: Client, subscription: Subscription, regions: list[str], sentence: str
) -> None:
    make_region("SN-DK", name_en="Dakar")
    form = {"regions": regions, "language": "fr", "mail_format": "text"}

    page = client.post(path_for(subscription), form).content.decode()

    assert f'<a href="#id_regions">{sentence}' in page
    assert "Error:" in page
    assert chosen(subscription) == {"ML-1"}
    subscription.refresh_from_db()
    assert subscription.language == "en"


def test_the_page_leads_to_the_way_out(client: Client, subscription: Subscription) -> None:
    page = client.get(path_for(subscription)).content.decode()

    link = re.search(r'href="/unsubscribe/([^/"]+)/"', page)
    assert link is not None
    assert read(Purpose.UNSUBSCRIBE, link[1]) == subscription.public_id


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_ended_subscription_is_not_changed_but_leads_to_the_form(
    client: Client, publication: Publication, method: str
) -> None:
    ended = make_subscription(publication=publication, regions=["ML-1"], status="ended")

    page = getattr(client, method)(path_for(ended), {"regions": ["ML-4"]}).content.decode()

    assert "This subscription has ended" in page
    assert f'href="/p/{publication.slug}/"' in page
    assert chosen(ended) == {"ML-1"}


def test_a_change_from_another_site_is_refused(subscription: Subscription) -> None:
    form = {"regions": ["ML-4"], "language": "en", "mail_format": "html"}

    answer = Client(enforce_csrf_checks=True).post(path_for(subscription), form)

    assert answer.status_code == 403
    assert chosen(subscription) == {"ML-1"}


# What a link in a mail proposes


@pytest.fixture
def of_both(publication: Publication) -> Subscription:
    return make_subscription(publication=publication, regions=["ML-1", "ML-4"])


def said(page: str) -> str:
    """What stands in the notice, on one line."""
    notice = re.search(r'<div class="notice"[^>]*>(.*?)</div>', page, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", notice[1])).split()) if notice else ""


def test_a_link_to_drop_a_region_shows_it_unticked_and_says_so(
    client: Client, of_both: Subscription
) -> None:
    page = client.get(path_for(of_both), {"without": "ML-1"}).content.decode()

    assert ticked(page) == {"ML-4"}
    assert said(page) == "You are about to drop Kayes and keep the rest. Save to confirm. Save"


def test_a_link_to_add_regions_shows_them_ticked_and_says_so(
    client: Client, subscription: Subscription
) -> None:
    page = client.get(path_for(subscription), {"with": "ML-1,ML-4"}).content.decode()

    assert ticked(page) == {"ML-1", "ML-4"}
    assert said(page).endswith("You are about to add Segou. Save to confirm. Save")


def test_a_link_in_a_mail_names_its_region_sealed(client: Client, of_both: Subscription) -> None:
    page = client.get(path_for(of_both), {"without": sealed(["ML-1"])}).content.decode()

    assert ticked(page) == {"ML-4"}


def test_opening_such_a_link_changes_nothing(client: Client, of_both: Subscription) -> None:
    for _ in range(3):
        client.get(path_for(of_both), {"without": "ML-1", "with": "ML-4"})
        client.head(path_for(of_both), {"without": "ML-1"})

    assert chosen(of_both) == {"ML-1", "ML-4"}
    assert not ConsentEvent.objects.exists()


def test_what_is_saved_is_what_is_ticked_and_not_what_the_link_says(
    client: Client, of_both: Subscription
) -> None:
    path = path_for(of_both)
    form = {"regions": ["ML-1"], "language": "en", "mail_format": "html"}

    answer = client.post(f"{path}?without=ML-1", form)

    assert (answer.status_code, answer["Location"]) == (303, path)
    assert chosen(of_both) == {"ML-1"}


def test_the_form_is_sent_to_the_page_without_the_proposal(
    client: Client, of_both: Subscription
) -> None:
    path = path_for(of_both)

    page = client.get(path, {"without": "ML-1"}).content.decode()

    assert f'<form method="post" action="{path}" id="choice"' in page
    assert '<button class="main" type="submit" form="choice">' in page


def test_the_last_region_is_not_dropped_without_offering_to_unsubscribe(
    client: Client, subscription: Subscription
) -> None:
    page = client.get(path_for(subscription), {"without": "ML-1"}).content.decode()

    assert said(page) == (
        "You get only Kayes. Tick something else below and save, or unsubscribe ."
    )
    assert page.count('href="/unsubscribe/') == 2
    assert ticked(page) == set()


def test_a_reader_of_a_country_who_drops_a_part_is_shown_the_other_parts(
    client: Client, publication: Publication
) -> None:
    mali = make_region("ML", name_en="Mali", kind=RegionKind.COUNTRY)
    Region.objects.filter(code__in=["ML-1", "ML-4"]).update(parent=mali)
    reader = make_subscription(publication=publication, regions=[mali])

    page = client.get(path_for(reader), {"without": "ML-1"}).content.decode()

    assert ticked(page) == {"ML-4"}
    assert said(page).startswith(
        "You get Kayes as part of Mali. Instead of Mali, its other regions are ticked below."
    )
    assert "You are about to drop Kayes" in said(page)


def test_a_region_that_they_do_not_get_is_said_to_be_none_of_theirs(
    client: Client, subscription: Subscription
) -> None:
    page = client.get(path_for(subscription), {"without": "ML-4"}).content.decode()

    assert said(page) == "You do not get Segou: there is nothing to drop."
    assert ticked(page) == {"ML-1"}


@pytest.mark.parametrize("query", ["without=XX-9", "with=,", "without=%00&with=%F0", "without"])
def test_a_code_that_means_nothing_is_ignored_quietly(
    client: Client, subscription: Subscription, query: str
) -> None:
    answer = client.get(f"{path_for(subscription)}?{query}")

    assert answer.status_code == 200
    assert said(answer.content.decode()) == ""
    assert ticked(answer.content.decode()) == {"ML-1"}


def test_a_hostile_code_is_not_shown(client: Client, subscription: Subscription) -> None:
    page = client.get(path_for(subscription), {"without": "<script>alert(1)</script>"})

    assert b"alert(1)" not in page.content.split(b"<footer")[0]


def test_the_proposal_is_in_the_readers_language(client: Client, of_both: Subscription) -> None:
    Subscription.objects.update(language="fr")

    page = client.get(path_for(of_both), {"without": "ML-4"}).content.decode()

    assert said(page).startswith("Vous êtes sur le point de retirer Ségou")


def test_a_time_zone_is_saved_and_shown(client: Client, subscription: Subscription) -> None:
    path = path_for(subscription)
    choice = {"regions": ["ML-1"], "language": "en", "mail_format": "html"}

    client.post(path, {**choice, "time_zone": "Africa/Dakar"})

    subscription.subscriber.refresh_from_db()
    assert subscription.subscriber.time_zone == "Africa/Dakar"
    page = client.get(path).content.decode()
    assert re.search(r'value="Africa/Dakar"\s+selected>Dakar<', page)


def test_without_a_time_zone_it_is_the_newsletters(
    client: Client, subscription: Subscription
) -> None:
    Subscriber.objects.update(time_zone="Asia/Tokyo")

    client.post(
        path_for(subscription),
        {"regions": ["ML-1"], "language": "en", "mail_format": "html", "time_zone": ""},
    )

    subscription.subscriber.refresh_from_db()
    assert subscription.subscriber.time_zone == ""


def test_what_is_no_time_zone_is_refused(client: Client, subscription: Subscription) -> None:
    choice = {"regions": ["ML-1"], "language": "en", "mail_format": "html"}

    answer = client.post(path_for(subscription), {**choice, "time_zone": "Mars/Olympus"})

    assert "Choose one of these time zones." in answer.content.decode()


# Ending older links


def end_links(client: Client, subscription: Subscription) -> Answer:
    """Press the button on the page, as it was mailed at the beginning."""
    page = client.get(path_for(subscription)).content.decode()
    action = re.search(r'action="(/preferences/[^"]+/end-links/)"', page)
    assert action is not None
    return client.post(action[1])


def test_a_reader_ends_all_older_links_and_is_mailed_the_one_that_works(
    client: Client, subscription: Subscription
) -> None:
    old = path_for(subscription)

    answer = end_links(client, subscription)

    assert (answer.status_code, answer["Location"]) == (303, "/links-ended/")
    assert "on its way to your mailbox" in client.get("/links-ended/").content.decode()
    assert Notice.objects.get().kind == "links_ended"
    assert client.get(old).status_code == 410
    fresh = sign(Purpose.PREFERENCES, subscription.public_id, generation=1)
    assert client.get(f"/preferences/{fresh}/").status_code == 200


def test_the_page_hands_out_no_link_to_itself_that_is_good_for_longer(
    client: Client, subscription: Subscription
) -> None:
    last_month = timezone.now() - timedelta(days=30)
    token = sign(Purpose.PREFERENCES, subscription.public_id, at=last_month)

    page = client.get(f"/preferences/{token}/").content.decode()

    assert set(re.findall(r"/preferences/([^/\"]+)/", page)) == {token}


@pytest.mark.parametrize("page", ["", "end-links/"])
def test_a_link_that_was_ended_changes_nothing_and_offers_the_new_one_to_the_mailbox(
    client: Client, subscription: Subscription, page: str
) -> None:
    old = path_for(subscription)
    end_links(client, subscription)

    answer = client.post(old + page, {"regions": ["ML-4"], "language": "en", "mail_format": "html"})

    assert answer.status_code == 410
    assert "This link has ended" in answer.content.decode()
    assert 'action="/new-link/"' in answer.content.decode()
    assert chosen(subscription) == {"ML-1"}
    assert Subscriber.objects.get().link_generation == 1


@pytest.mark.parametrize("form", [{"button": "unsubscribe"}, {"List-Unsubscribe": "One-Click"}])
def test_links_to_unsubscribe_work_though_older_links_have_ended(
    client: Client, subscription: Subscription, form: dict[str, str]
) -> None:
    old = f"/unsubscribe/{sign(Purpose.UNSUBSCRIBE, subscription.public_id)}/"
    end_links(client, subscription)

    assert client.post(old, form).status_code == 200

    assert Subscription.objects.get().status == "ended"


def test_older_links_are_not_ended_by_looking(client: Client, subscription: Subscription) -> None:
    assert client.get(f"{path_for(subscription)}end-links/").status_code == 405
    assert Subscriber.objects.get().link_generation == 0
