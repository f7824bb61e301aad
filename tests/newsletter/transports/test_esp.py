"""What an ESP is sent: to whom, with whose values, and what beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from anymail.backends.mailgun import MailgunPayload
from hypothesis import given
from hypothesis import strategies as st

from newsletter.models.obstacles import Obstacle
from newsletter.rendering.slots import Slot, without_marks
from newsletter.transports.base import Outcome, OutgoingBatch, UnwritableMail
from newsletter.transports.esp import EspTransport
from newsletter.transports.esp_calls import FEW
from newsletter.transports.esp_capabilities import ESPS, capabilities
from newsletter.transports.esp_lines import MOST_LINES
from newsletter.transports.esp_mailgun import EmailBackend
from newsletter.transports.esp_messages import alone, idempotency_key, together
from tests.channels import main
from tests.faults.esp_plans import Plan
from tests.faults.esp_shapes import form_fields
from tests.faults.esp_sink import Request, Sink
from tests.newsletter.transports.conftest import make_batch, make_copy, make_edition, with_edition
from tests.newsletter.transports.esps import esp, hand_over_once

#: What the first reader of a batch is offered: one click, or a mail to people.
UNSUBSCRIBE = (
    "<https://news.example/unsubscribe/token1/>, "
    "<mailto:editor@news.example?subject=unsubscribe%20dispatch.news.example%20ref1>"
)


def fields(request: Request) -> dict[str, list[str]]:
    return form_fields(request.headers, request.body)


def accepted(name: str, batch: OutgoingBatch) -> set[int]:
    return hand_over_once(name, batch).those(Outcome.ACCEPTED)


@pytest.fixture
def mailgun(settings: object) -> Iterator[Sink]:
    with esp(settings, Plan("mailgun")) as sink:
        yield sink


@pytest.fixture
def mailjet(settings: object) -> Iterator[Sink]:
    with esp(settings, Plan("mailjet")) as sink:
        yield sink


@pytest.fixture
def brevo(settings: object) -> Iterator[Sink]:
    with esp(settings, Plan("brevo")) as sink:
        yield sink


@pytest.fixture
def postmark(settings: object) -> Iterator[Sink]:
    with esp(settings, Plan("postmark")) as sink:
        yield sink


def test_an_esp_that_merges_takes_all_readers_in_one_call(
    mailgun: Sink, batch: OutgoingBatch
) -> None:
    assert accepted("mailgun", batch) == {1, 2, 3}

    (request,) = mailgun.requests
    assert fields(request)["to"] == ["one@a.example", "two@a.example", "three@b.example"]


def test_an_esp_that_merges_is_given_each_reader_s_own_values(
    mailgun: Sink, batch: OutgoingBatch
) -> None:
    accepted("mailgun", batch)

    sent = fields(mailgun.requests[0])
    values = json.loads(sent["recipient-variables"][0])
    assert "%recipient.unsubscribe_url%" in sent["text"][0]
    assert "%recipient.chosen_regions_html%" in sent["html"][0]
    assert values["two@a.example"]["unsubscribe_url"].endswith("/unsubscribe/token2/")
    assert values["two@a.example"]["chosen_regions_html"] == "Kayes &amp; Segou 2"
    assert "\ue000" not in sent["text"][0] + sent["html"][0]


def test_each_edition_is_a_call_of_its_own_and_a_lone_reader_is_not_merged(mailgun: Sink) -> None:
    readers = [("one@a.example", 0), ("two@a.example", 0), ("three@a.example", 1)]
    copies = [make_copy(n, address, edition=e) for n, (address, e) in enumerate(readers)]
    editions = {0: make_edition(), 1: replace(make_edition(), subject="Another")}

    batch = replace(make_batch(), editions=editions, copies=copies)

    assert accepted("mailgun", batch) == {0, 1, 2}

    many, one = (fields(request) for request in mailgun.requests)
    assert (many["to"], one["to"]) == (["one@a.example", "two@a.example"], ["three@a.example"])
    assert (many["subject"], one["subject"]) == (["Western Mali, September 2023"], ["Another"])
    assert "recipient-variables" not in one


@given(
    st.lists(st.text(min_size=1).map(without_marks), min_size=1, max_size=4),
    st.text(max_size=200).map(without_marks),
)
def test_a_call_for_many_says_what_anymail_would_have_said(texts: list[str], words: str) -> None:
    """What we lay out ourselves, against what Anymail makes of the same message."""
    copies = [
        make_copy(number, f"r{number}@a.example")._replace(
            values={**make_copy(number, "").values, Slot.CHOSEN_REGIONS: text}
        )
        for number, text in enumerate(texts)
    ]
    esp, batch = capabilities(main(transport="mailgun")), make_batch()
    assert esp.merge
    batch = with_edition(replace(batch, copies=copies), text=(*batch.editions[0].text, words))
    message = together(batch, copies, esp, esp.merge)
    backend = EmailBackend(api_key="k", sender_domain="news.example")

    ours = dict(backend.build_message_payload(message, {}).get_request_params("")["files"])
    theirs = MailgunPayload(message, {}, backend).serialize_data()

    ours = {name: value for name, (_no_file, value) in ours.items()}
    assert ours["to"].split(",") == theirs.pop("to")
    assert ours["from"] == ", ".join(theirs.pop("from"))
    variables = json.loads(ours.pop("recipient-variables"))
    assert variables == json.loads(theirs.pop("recipient-variables"))
    assert {k: v for k, v in ours.items() if k not in ("to", "from")} == theirs


def test_values_that_stand_nowhere_in_the_edition_are_not_sent(
    mailgun: Sink, batch: OutgoingBatch
) -> None:
    accepted("mailgun", batch)

    values = json.loads(fields(mailgun.requests[0])["recipient-variables"][0])
    assert not any("subscribed_on" in name for name in values["one@a.example"])


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("List-Unsubscribe", UNSUBSCRIBE),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Message-Id", "<m1@news.example>"),
    ],
)
def test_every_merged_copy_has_its_own_headers(
    mailgun: Sink, batch: OutgoingBatch, header: str, value: str
) -> None:
    accepted("mailgun", batch)

    sent = fields(mailgun.requests[0])
    values = json.loads(sent["recipient-variables"][0])
    (given,) = sent[f"h:{header}"]
    name = given.removeprefix("%recipient.").removesuffix("%")
    assert values["one@a.example"][name] == value


def test_an_esp_that_takes_one_message_a_call_gets_a_call_a_reader(
    brevo: Sink, batch: OutgoingBatch
) -> None:
    assert accepted("brevo", batch) == {1, 2, 3}

    requests = {json.loads(r.body)["to"][0]["email"]: r.body for r in brevo.requests}
    assert requests.keys() == {copy.address for copy in batch.copies}
    for address, body in requests.items():
        others = requests.keys() - {address}
        assert not any(other.encode() in body for other in others)


@pytest.mark.parametrize("name", ESPS)
def test_an_esp_says_itself_when_it_sent_and_who_sends(name: str) -> None:
    message = alone(make_batch(), make_copy(1, "one@a.example"), capabilities(main(transport=name)))

    assert not {"Date", "Feedback-ID"} & set(message.extra_headers)


@pytest.mark.parametrize("name", ESPS)
def test_no_header_is_written_so_that_an_esp_would_have_to_encode_it(name: str) -> None:
    copy = make_copy(1, "one@a.example")
    link = f"https://news.example/unsubscribe/{'t0ken' * 60}/"
    copy = copy._replace(values={**copy.values, Slot.UNSUBSCRIBE_URL: link})

    message = alone(make_batch(), copy, capabilities(main(transport=name)))

    assert message.extra_headers["List-Unsubscribe"].startswith(f"<{link}>, <mailto:")
    assert all(value.isascii() for value in message.extra_headers.values())
    # As raw MIME, which SES is given.
    raw = message.message().as_bytes(linesep="\r\n")
    assert f"<{link}>,".encode() in raw
    assert b"=?" not in raw


def test_calls_share_a_few_connections(brevo: Sink) -> None:
    accepted("brevo", make_batch(*(f"r{n}@a.example" for n in range(40))))

    assert len(brevo.requests) == 40
    assert len(brevo.connections) <= MOST_LINES


def test_a_call_for_one_reader_carries_their_headers_and_the_delivery(
    postmark: Sink, batch: OutgoingBatch
) -> None:
    accepted("postmark", batch)

    body, *_others = json.loads(postmark.requests[0].body)
    headers = {header["Name"]: header["Value"] for header in body["Headers"]}
    assert headers["List-Unsubscribe"] == UNSUBSCRIBE
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Message-ID"] == "<m1@news.example>"
    assert body["Metadata"] == {"d": "1"}


def test_postmark_in_bulk_takes_all_readers_once_it_is_switched_on(settings: object) -> None:
    batch = make_batch(*(f"r{n}@a.example" for n in range(FEW + 1)))
    with esp(settings, Plan("postmark"), POSTMARK_USE_BULK_API=True) as sink:
        assert len(accepted("postmark", batch)) == FEW + 1

    (request,) = sink.requests
    messages = json.loads(request.body)["Messages"]
    assert "{{{chosen_regions_html}}}" in json.loads(request.body)["HtmlBody"]
    assert [m["Metadata"]["d"] for m in messages] == [str(n + 1) for n in range(FEW + 1)]
    assert messages[1]["TemplateModel"]["chosen_regions_html"] == "Kayes &amp; Segou 2"


def test_mailjet_gives_each_reader_all_headers_but_those_it_sets_itself(mailjet: Sink) -> None:
    batch = make_batch(*(f"r{n}@a.example" for n in range(FEW + 1)))

    assert len(accepted("mailjet", batch)) == FEW + 1

    body = json.loads(mailjet.requests[0].body)
    assert "[[var:chosen_regions_html]]" in body["Globals"]["HTMLPart"]
    assert "Headers" not in body["Globals"]
    for message in body["Messages"]:
        assert set(message["Headers"]) == {
            "Auto-Submitted",
            "Content-Language",
            "List-Help",
            "List-Post",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "X-Auto-Response-Suppress",
        }


def test_mailjet_merges_no_subject_with_a_reader_s_value_in_it(mailjet: Sink) -> None:
    batch = make_batch(*(f"r{n}@a.example" for n in range(1, FEW + 2)))
    batch = with_edition(batch, subject=f"For {Slot.CHOSEN_REGIONS.mark}")

    assert len(accepted("mailjet", batch)) == FEW + 1

    (request,) = mailjet.requests
    subjects = [message["Subject"] for message in json.loads(request.body)["Messages"]]
    assert subjects == [f"For Kayes & Segou {n}" for n in range(1, FEW + 2)]


@pytest.mark.parametrize("code", ["%recipient.v:d%", "%RECIPIENT%", "%unsubscribe_url%"])
def test_a_text_with_the_esp_s_own_code_goes_out_one_by_one(
    mailgun: Sink, batch: OutgoingBatch, code: str
) -> None:
    text = (*batch.editions[0].text, f" as in {code}")
    accepted("mailgun", with_edition(batch, text=text))

    assert len(mailgun.requests) == 3
    assert all("recipient-variables" not in fields(r) for r in mailgun.requests)


def test_an_address_that_can_be_written_in_two_ways_goes_alone(mailgun: Sink) -> None:
    batch = make_batch("one@a.example", '"t w o"@a.example', "three@a.example")

    assert accepted("mailgun", batch) == {1, 2, 3}

    assert [len(fields(r)["to"]) for r in mailgun.requests] == [2, 1]


def test_two_copies_to_one_address_are_two_calls(mailgun: Sink) -> None:
    batch = make_batch("one@a.example", "One@a.example", "two@a.example")

    assert accepted("mailgun", batch) == {1, 2, 3}

    assert [fields(r)["to"] for r in mailgun.requests] == [
        ["one@a.example", "two@a.example"],
        ["One@a.example"],
    ]


def test_values_are_found_under_an_address_in_any_case(mailgun: Sink) -> None:
    batch = make_batch("Alice@Example.COM", "BOB@b.example")

    assert accepted("mailgun", batch) == {1, 2}

    assert {reader.delivery for reader in mailgun.truth.taken} == {"1", "2"}


def test_an_answer_for_an_address_in_another_case_is_for_that_reader(mailjet: Sink) -> None:
    assert accepted("mailjet", make_batch("Alice@Example.COM", "BOB@b.example")) == {1, 2}


def test_more_readers_than_a_call_may_have_take_several(mailjet: Sink) -> None:
    batch = make_batch(*(f"r{n}@a.example" for n in range(51)))

    assert len(accepted("mailjet", batch)) == 51

    assert [len(json.loads(r.body)["Messages"]) for r in mailjet.requests] == [50, 1]


@pytest.mark.parametrize("name", ESPS)
def test_a_copy_is_the_same_at_every_try(name: str) -> None:
    batch, known = make_batch("one@a.example"), capabilities(main(transport=name))

    first, second = (alone(batch, make_copy(1, "one@a.example"), known) for _try in range(2))

    assert "Date" not in first.extra_headers
    assert first.extra_headers == second.extra_headers
    assert (first.subject, first.body) == (second.subject, second.body)


def test_no_two_deliveries_have_one_idempotency_key() -> None:
    keys = {idempotency_key(make_copy(number, "one@a.example")) for number in range(100)}

    assert len(keys) == 100


@pytest.mark.parametrize("name", ["resend", "brevo"])
def test_a_copy_handed_over_again_has_the_same_key(
    settings: object, name: str, batch: OutgoingBatch
) -> None:
    with esp(settings, Plan(name)) as sink:
        assert accepted(name, batch) == {1, 2, 3}
        assert accepted(name, batch) == {1, 2, 3}

    assert len(sink.truth.taken) == 3
    bodies = Counter(request.body for request in sink.requests)
    assert set(bodies.values()) == {2}


@pytest.mark.parametrize("name", ESPS)
def test_every_esp_that_keeps_metadata_is_told_the_delivery(name: str) -> None:
    batch, known = make_batch("one@a.example"), capabilities(main(transport=name))

    message = alone(batch, batch.copies[0], known)

    assert (getattr(message, "metadata", None) == {"d": "1"}) == known.metadata


@pytest.mark.parametrize("name", ["mailgun", "postmark"])
def test_a_header_with_a_line_break_is_never_sent(settings: object, name: str) -> None:
    batch = make_batch("one@a.example", "two@a.example", "three@a.example")
    broken = batch.copies[1]._replace(message_id="m2>\r\nBcc: everyone@a.example")
    batch = replace(batch, copies=[batch.copies[0], broken, batch.copies[2]])

    with esp(settings, Plan(name)) as sink:
        handed = hand_over_once(name, batch)

    assert isinstance(handed.error, UnwritableMail)
    assert handed.error.obstacle == Obstacle.LINES
    assert handed.those(Outcome.REJECTED) == set()
    assert "2" not in {reader.delivery for reader in sink.truth.taken}


@pytest.mark.parametrize("name", ["mailgun", "postmark"])
@pytest.mark.parametrize("address", ["two@a.example, three@a.example", "two", "a@b@c", ""])
def test_what_is_not_one_address_is_never_sent_to(
    settings: object, name: str, address: str
) -> None:
    with esp(settings, Plan(name)) as sink:
        handed = hand_over_once(name, make_batch("one@a.example", address))

    assert handed.those(Outcome.REJECTED) == {2}
    assert [reader.address for reader in sink.truth.taken] == ["one@a.example"]


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("mailgun", 2000, 2000),
        ("mailjet", 100, 1000),
        ("postmark", 1000, 1000),
        # What stands or falls together is one call.
        ("resend", 100, 100),
        ("brevo", 50, 200),
    ],
)
def test_a_batch_holds_what_a_few_calls_hold(name: str, least: int, most: int) -> None:
    transport = EspTransport(main(transport=name))

    assert (transport.smallest_batch, transport.batch_size) == (least, most)


@pytest.mark.parametrize("name", ESPS)
def test_a_copy_that_belongs_under_another_message_says_so(name: str) -> None:
    copy = make_copy(1, "one@a.example")._replace(in_reply_to="first@news.example")
    row = capabilities(main(transport=name))
    messages = [alone(make_batch(), copy, row).extra_headers]
    if row.merge:
        merged = together(make_batch(), [copy], row, row.merge)
        messages.append(merged.merge_headers["one@a.example"])

    for headers in messages:
        assert headers["In-Reply-To"] == headers["References"] == "<first@news.example>"
