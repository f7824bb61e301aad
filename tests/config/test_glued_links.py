from __future__ import annotations

import pytest
from django.test import Client

from subscribers.models import Publication
from subscribers.tokens import Purpose, sign
from tests.factories import make_publication, make_subscription

pytestmark = pytest.mark.django_db

GLUED = [")", ").", ">", "%3E", ".", ",", "»", "&gt;", '"', "]", "?", "/)", "/>", "/&gt;.", "/»"]


@pytest.fixture
def publication() -> Publication:
    return make_publication(name="Sahel Dispatch")


@pytest.mark.parametrize("glued", GLUED)
def test_a_link_works_with_what_a_mail_program_took_for_its_end(
    client: Client, publication: Publication, glued: str
) -> None:
    subscription = make_subscription(publication=publication)
    path = f"/unsubscribe/{sign(Purpose.UNSUBSCRIBE, subscription.public_id)}"

    answer = client.get(f"{path}{glued}", follow=True)

    assert answer.status_code == 200
    assert "Unsubscribe from “Sahel Dispatch”?" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == f"{path}/"


def test_a_link_that_proposes_regions_still_proposes_them(
    client: Client, publication: Publication
) -> None:
    subscription = make_subscription(publication=publication)
    path = f"/preferences/{sign(Purpose.PREFERENCES, subscription.public_id)}/"

    answer = client.get(f"{path})?with=ML-1", follow=True)

    assert answer.redirect_chain == [(f"{path}?with=ML-1", 302)]


@pytest.mark.parametrize("path", ["/nothing/here/", "/nothing/here)", "//example.com/)", "/)"])
def test_what_leads_nowhere_still_does(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code in (301, 302, 404)
    assert not answer.get("Location", "/").startswith(("//", "http"))


def test_nothing_is_sent_on_that_was_sent_here(client: Client, publication: Publication) -> None:
    subscription = make_subscription(publication=publication)

    answer = client.post(f"/unsubscribe/{sign(Purpose.UNSUBSCRIBE, subscription.public_id)}/)")

    assert answer.status_code == 404
