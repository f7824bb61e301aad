"""Calls for many readers of whom each has an edition of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from anymail.exceptions import AnymailCancelSend
from anymail.signals import pre_send
from hypothesis import given
from hypothesis import strategies as st

from newsletter.models.obstacles import Obstacle
from newsletter.rendering.fragments import Fragment
from newsletter.rendering.slots import Slot, without_marks
from newsletter.transports.base import (
    Outcome,
    OutgoingBatch,
    OutgoingEdition,
    OutgoingMessage,
    TransportMisconfigured,
    UnwritableMail,
)
from newsletter.transports.esp_batches import POSTMARK, Said, matched
from newsletter.transports.esp_calls import FEW
from newsletter.transports.esp_capabilities import ESPS, POSTMARK_IN_BULK, Esp
from newsletter.transports.esp_connections import open_connection
from newsletter.transports.esp_layout import Layout
from newsletter.transports.esp_messages import alone
from tests.channels import main
from tests.faults.esp_plans import Plan
from tests.faults.esp_sink import Request, Sink
from tests.newsletter.transports.conftest import make_batch, make_copy, make_edition
from tests.newsletter.transports.esps import SETTINGS, Handed, esp, hand_over_once

NAMES = ("postmark", "resend", "mailjet")
#: Words of editors and readers, of which no ESP makes anything.
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(without_marks)


def own_editions(*addresses: str) -> OutgoingBatch:
    """A batch in which each of `addresses` has an edition of their own."""
    copies = [make_copy(n, a, edition=n) for n, a in enumerate(addresses, start=1)]
    editions = {copy.edition: edition_number(copy.edition) for copy in copies}
    return replace(make_batch(), editions=editions, copies=copies)


def edition_number(number: int) -> OutgoingEdition:
    edition = make_edition()
    own = f"Only in edition {number}. "
    return replace(edition, html=(own, *edition.html), text=(own, *edition.text))


def handed(settings: object, name: str, batch: OutgoingBatch, **faults: Any) -> tuple[Handed, Sink]:
    with esp(settings, Plan(name, stall=0.5, **faults)) as sink:
        return hand_over_once(name, batch), sink


def messages(request: Request) -> list[Any]:
    found = json.loads(request.body)
    return list(found["Messages"] if isinstance(found, dict) else found)


@pytest.mark.parametrize("name", NAMES)
def test_readers_with_editions_of_their_own_share_a_call(settings: object, name: str) -> None:
    batch = own_editions(*(f"r{n}@a.example" for n in range(1, 31)))

    result, sink = handed(settings, name, batch)

    assert len(result.those(Outcome.ACCEPTED)) == 30
    (request,) = sink.requests
    sent = [json.dumps(message) for message in messages(request)]
    for number, message in enumerate(sent, start=1):
        assert f"Only in edition {number}. " in message
        assert f"r{number}@a.example" in message
        assert message.count("@a.example") == 1


@pytest.mark.parametrize(
    "row", [*map(ESPS.__getitem__, NAMES), POSTMARK_IN_BULK], ids=[*NAMES, "postmark-in-bulk"]
)
@given(words=st.lists(WORDS, min_size=3, max_size=3), reply=st.booleans(), html=st.booleans())
def test_a_message_among_many_is_what_anymail_would_have_sent_alone(
    row: Esp, words: list[str], reply: bool, html: bool
) -> None:
    first, second, regions = words
    slot = Slot.CHOSEN_REGIONS.mark
    subject = f"{printable(first)} {slot}"
    edition = OutgoingEdition(
        language="fr",
        subject=subject,
        html=(Fragment(f"<p>{first}{slot}", 1), second, slot) if html else (),
        text=(f"{second}.", Fragment(f"{slot}{first}", 1)),
    )
    values = {**make_copy(1, "").values, Slot.CHOSEN_REGIONS: printable(regions)}
    copy = make_copy(1, "one@a.example")._replace(
        values=values, in_reply_to="first@news.example" if reply else ""
    )
    batch = replace(make_batch(), editions={0: edition}, copies=[copy])

    assert _among_many(row, batch, copy) == _alone(row, batch, copy)


def printable(words: str) -> str:
    return "".join(filter(str.isprintable, words))


def _among_many(row: Esp, batch: OutgoingBatch, copy: OutgoingMessage) -> Any:
    assert row.distinct
    layout = Layout(batch, row, row.distinct, _backend(row))
    return json.loads(layout.message(copy))


def _alone(row: Esp, batch: OutgoingBatch, copy: OutgoingMessage) -> Any:
    assert row.distinct
    payload = _backend(row).build_message_payload(alone(batch, copy, row), {})
    return row.distinct.message(json.loads(payload.get_request_params("")["data"]))


def _backend(row: Esp) -> Any:
    anymail = {**SETTINGS, "POSTMARK_USE_BULK_API": row is POSTMARK_IN_BULK}
    return open_connection(row, replace(main(transport=row.name), anymail=anymail))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ["bad", "refused"])
def test_of_a_call_only_those_whom_the_esp_refuses_are_rejected(
    settings: object, name: str, fault: str
) -> None:
    batch = own_editions("one@a.example", f"mode-{fault}-2@a.example", "three@a.example")

    result, sink = handed(settings, name, batch)

    assert result.outcomes == {
        1: Outcome.ACCEPTED,
        2: Outcome.REJECTED,
        3: Outcome.ACCEPTED,
    }
    assert len(sink.requests) == 1
    assert {reader.delivery for reader in sink.truth.taken} == {"1", "3"}


@pytest.mark.parametrize("name", ["postmark", "mailjet"])
def test_who_is_not_mentioned_is_unknown_and_others_are_not(settings: object, name: str) -> None:
    batch = own_editions("one@a.example", "mode-missing-2@a.example", "three@a.example")

    result, _sink = handed(settings, name, batch)

    assert result.those(Outcome.UNKNOWN) == {2}
    assert result.those(Outcome.ACCEPTED) == {1, 3}


def test_where_only_numbers_tell_readers_apart_one_missing_makes_all_unknown(
    settings: object,
) -> None:
    batch = own_editions("one@a.example", "mode-missing-2@a.example", "three@a.example")

    result, _sink = handed(settings, "resend", batch)

    assert result.those(Outcome.UNKNOWN) == {1, 2, 3}


@pytest.mark.parametrize("name", ["postmark", "mailjet"])
def test_answers_in_another_order_are_told_apart_by_address(settings: object, name: str) -> None:
    batch = own_editions(
        "one@a.example", "mode-refused-2@a.example", "three@a.example", "f@a.example"
    )

    result, _sink = handed(settings, name, batch, mode="reversed")

    assert result.those(Outcome.REJECTED) == {2}
    assert result.those(Outcome.ACCEPTED) == {1, 3, 4}


@pytest.mark.parametrize("name", NAMES)
def test_each_has_the_id_of_their_own_message(settings: object, name: str) -> None:
    result, _sink = handed(settings, name, own_editions("one@a.example", "two@a.example"))

    assert len({one.remote_id for one in result.results.values()} - {""}) == 2


@pytest.mark.parametrize(("name", "limit"), [("postmark", 500), ("resend", 100), ("mailjet", 50)])
def test_more_than_a_call_may_hold_take_several(settings: object, name: str, limit: int) -> None:
    batch = own_editions(*(f"r{n}@a.example" for n in range(limit + 1)))

    _result, sink = handed(settings, name, batch)

    assert [len(messages(request)) for request in sink.requests] == [limit, 1]


def test_a_call_does_not_grow_beyond_what_several_at_once_may_take_of_memory(
    settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = own_editions(*(f"r{n}@a.example" for n in range(6)))
    size = batch.editions[1].size
    monkeypatch.setattr("newsletter.transports.esp_calls.MOST_BYTES", 2 * size)

    _result, sink = handed(settings, "postmark", batch)

    assert [len(messages(request)) for request in sink.requests] == [3, 3]


def test_many_readers_of_an_edition_are_merged_and_few_go_beside_others(settings: object) -> None:
    batch = own_editions(*(f"r{n}@a.example" for n in range(3)))
    many = [make_copy(100 + n, f"m{n}@a.example", edition=1) for n in range(FEW)]
    batch = replace(batch, copies=[batch.copies[0], *many, *batch.copies[1:]])

    result, sink = handed(settings, "mailjet", batch)

    merged, distinct = sink.requests
    assert "Globals" in json.loads(merged.body)
    assert [len(messages(request)) for request in (merged, distinct)] == [FEW + 1, 2]
    assert len(result.those(Outcome.ACCEPTED)) == FEW + 3


def test_postmark_in_bulk_sends_distinct_messages_by_its_other_call(settings: object) -> None:
    batch = own_editions("one@a.example", "two@a.example")

    with esp(settings, Plan("postmark"), POSTMARK_USE_BULK_API=True) as sink:
        result = hand_over_once("postmark", batch)

    (request,) = sink.requests
    assert request.path.endswith("/email/batch")
    assert [message["Metadata"] for message in messages(request)] == [{"d": "1"}, {"d": "2"}]
    assert result.those(Outcome.ACCEPTED) == {1, 2}


def test_a_call_with_a_key_is_the_same_at_every_try(settings: object) -> None:
    batch = own_editions("one@a.example", "two@a.example")

    with esp(settings, Plan("resend")) as sink:
        hand_over_once("resend", batch)
        again = hand_over_once("resend", batch)

    first, second = sink.requests
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert again.those(Outcome.ACCEPTED) == {1, 2}
    assert len(sink.truth.taken) == 2


def test_a_call_for_others_has_another_key(settings: object) -> None:
    batch = own_editions("one@a.example", "two@a.example")

    with esp(settings, Plan("resend")) as sink:
        hand_over_once("resend", batch)
        hand_over_once("resend", replace(batch, copies=batch.copies[::-1]))
        hand_over_once("resend", replace(batch, copies=batch.copies[:1]))

    assert len({request.headers["idempotency-key"] for request in sink.requests}) == 3


def test_what_one_key_is_for_is_never_cut_into_halves(settings: object) -> None:
    batch = own_editions(*(f"r{n}@a.example" for n in range(4)))

    result, sink = handed(settings, "resend", batch, mode="400")

    assert len(sink.requests) == 1
    assert len(result.those(Outcome.REJECTED)) == 4


def test_a_refused_call_without_a_key_is_made_for_its_halves(settings: object) -> None:
    batch = own_editions(*(f"r{n}@a.example" for n in range(4)))

    result, sink = handed(settings, "mailjet", batch, mode="400", times=1)

    assert [len(messages(request)) for request in sink.requests] == [4, 2, 2]
    assert len(result.those(Outcome.ACCEPTED)) == 4


def test_an_account_that_ran_out_keeps_what_it_did_not_take_and_stops() -> None:
    said = POSTMARK.read(
        [
            {"ErrorCode": 0, "Message": "OK", "To": "one@a.example", "MessageID": "1"},
            {"ErrorCode": 405, "Message": "Not allowed to send"},
        ],
        2,
    )

    results = matched([make_copy(1, "one@a.example"), make_copy(2, "two@a.example")], said)

    assert said[1] == Said(None, detail="Not allowed to send")
    assert [(one.delivery_id, one.outcome) for one in results] == [(1, Outcome.ACCEPTED)]


def test_an_account_that_ran_out_in_the_middle_of_a_call_waits_for_a_person(
    settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ran_out(answer: Any, number: int) -> list[Said]:
        return [Said(Outcome.ACCEPTED, "one@a.example", "1"), Said(None, detail="no credits")]

    row = replace(ESPS["postmark"], distinct=replace(POSTMARK, read=ran_out))
    monkeypatch.setattr("newsletter.transports.esp.capabilities", lambda channel: row)

    result, _sink = handed(settings, "postmark", own_editions("one@a.example", "two@a.example"))

    assert result.those(Outcome.ACCEPTED) == {1}
    assert set(result.results) == {1}
    assert isinstance(result.error, TransportMisconfigured)
    assert result.error.words == "no credits"


def test_who_listens_to_anymail_is_told_of_each_message_and_may_withhold_it(
    settings: object,
) -> None:
    batch = own_editions("one@a.example", "two@a.example")

    def withhold(sender: object, message: Any, **told: object) -> None:
        if message.to == ["two@a.example"]:
            raise AnymailCancelSend

    with _listening(withhold):
        result, sink = handed(settings, "resend", batch)

    assert [json.loads(request.body)["to"] for request in sink.requests] == [["one@a.example"]]
    assert result.results[2].obstacle == Obstacle.WITHHELD


@contextmanager
def _listening(receiver: Any) -> Iterator[None]:
    pre_send.connect(receiver)
    try:
        yield
    finally:
        pre_send.disconnect(receiver)


@pytest.mark.parametrize(
    "changed",
    [
        {"message_id": "m2>\r\nBcc: everyone@a.example"},
        {"values": {**make_copy(2, "").values, Slot.UNSUBSCRIBE_URL: "https://a.example/\n"}},
        {"values": {}},
    ],
    ids=["message id", "link", "no value"],
)
def test_what_cannot_be_written_is_not_sent(settings: object, changed: Mapping[str, Any]) -> None:
    batch = own_editions("one@a.example", "two@a.example")
    batch = replace(batch, copies=[batch.copies[0], batch.copies[1]._replace(**changed)])

    result, sink = handed(settings, "resend", batch)

    assert isinstance(result.error, UnwritableMail)
    assert sink.truth.taken == []
