"""What goes over the wire says the same as the message that Django would have built."""

from __future__ import annotations

import email
import re
import time
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.rendering.fragments import Fragment
from newsletter.rendering.slots import CLOSE, OPEN, SHARED, Slot
from newsletter.transports.base import (
    OutgoingBatch,
    OutgoingEdition,
    OutgoingMessage,
    UnmailableAddress,
    UnwritableMail,
)
from newsletter.transports.wire import END_OF_DATA, Compiled
from tests.newsletter.transports.conftest import make_batch, make_copy, with_edition
from tests.newsletter.transports.django_message import build_message

#: What editors and readers may have typed: anything but the characters of marks. A carriage
#: return alone is left out, as it may find its newline only in the next piece.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=OPEN + CLOSE + "\r"))
#: The same on one line.
lines = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters=OPEN + CLOSE)
)
# The address of the web view is filled in the batch, before it comes to a transport.
marks = st.sampled_from([slot.mark for slot in Slot if slot not in SHARED])
odd = st.sampled_from(["x" * 90, "\n.", "\r\n", " \n", "\t"])
composed = st.lists(st.one_of(words, marks, odd)).map("".join)
#: What editions are made of: whole lines.
pieces = composed.map(lambda text: text.rstrip("\r\n") + "\n")


#: What the first reader of a batch is offered: one click, or a mail to people.
UNSUBSCRIBE = (
    "<https://news.example/unsubscribe/token1/>, "
    "<mailto:editor@news.example?subject=unsubscribe%20dispatch.news.example%20ref1>"
)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def content(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return unified(part.get_content())


def unified(text: str) -> str:
    """`text` however its lines are ended, and without empty lines at its end."""
    return re.sub("\r\n?", "\n", text).rstrip("\n")


def batch_of(*copies: OutgoingMessage) -> OutgoingBatch:
    return replace(make_batch(), copies=copies)


def message_of(batch: OutgoingBatch, copy: OutgoingMessage | None = None) -> bytes:
    return Compiled(batch).message(copy or batch.copies[0])


def without_date(raw: bytes) -> bytes:
    return re.sub(rb"(?m)^Date: .*$", b"Date: now\r", raw, count=1)


def headers(message: EmailMessage) -> dict[str, str]:
    of_the_structure = ("content-type", "content-transfer-encoding", "mime-version", "date")
    return {k.lower(): str(v) for k, v in message.items() if k.lower() not in of_the_structure}


@given(text=composed, html=composed, chosen=words)
@example(text="." * 200, html="...\n.", chosen=".")
@example(text=f"{Slot.CHOSEN_REGIONS.mark}.\n", html=Slot.CHOSEN_REGIONS.mark * 3, chosen="")
@example(text=" \t\n x \n" + " " * 80, html="é" * 60, chosen="\r\n" * 3 + " ")
@example(text="x" * 75 + " ", html="x" * 74 + "\t\n" + "x" * 73 + " \n", chosen="x" * 75 + " \n")
@example(text="a\rb\r\nc\n\rd", html="\r", chosen="a\rb")
def test_text_and_html_are_as_django_would_send_them(text: str, html: str, chosen: str) -> None:
    copy = make_copy(1, "one@a.example")
    copy = copy._replace(values={**copy.values, Slot.CHOSEN_REGIONS: chosen})
    batch = with_edition(batch_of(copy), text=(text,), html=(html,) if html else ())

    raw = message_of(batch)

    expected = build_message(batch, copy)
    assert content(parsed(raw), "plain") == unified(str(expected.body))
    for alternative in expected.alternatives:
        assert content(parsed(raw), "html") == unified(str(alternative[0]))
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert not re.search(rb"(?m)^\.", body)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)


@given(subject=lines.filter(str.strip), chosen=lines)
@example(subject="A long subject of plain words " * 10, chosen="")
@example(subject="x" * 1200, chosen="")
@example(subject="=?utf-8?q?not_encoded?=", chosen="")
@example(subject=f"News of {Slot.CHOSEN_REGIONS.mark}", chosen="Ségou – Kayes")
def test_the_subject_is_what_was_written(subject: str, chosen: str) -> None:
    copy = make_copy(1, "one@a.example")
    copy = copy._replace(values={**copy.values, Slot.CHOSEN_REGIONS: chosen})
    batch = with_edition(batch_of(copy), subject=subject)

    raw = message_of(batch)

    assert parsed(raw)["Subject"] == build_message(batch, copy).subject
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "from_name", ["", "The Dispatch", "La Dépêche, du Mali", "Dispatch, The", 'The "new" Dispatch']
)
def test_headers_are_those_that_django_would_send(from_name: str) -> None:
    batch = replace(make_batch("one@a.example"), from_name=from_name)

    ours = parsed(message_of(batch))

    django = parsed(build_message(batch, batch.copies[0]).message().as_bytes())
    assert headers(ours) == headers(django)
    assert ours.get_content_type() == django.get_content_type()
    assert len(ours.keys()) == len({name.lower() for name in ours})


def test_headers_that_programs_read_are_neither_encoded_nor_folded() -> None:
    batch = make_batch("one@a.example")
    copy = batch.copies[0]
    link = f"https://news.example/unsubscribe/{'t0ken' * 60}/"
    copy = copy._replace(values={**copy.values, Slot.UNSUBSCRIBE_URL: link})

    raw = message_of(batch, copy)

    assert f"\r\nList-Unsubscribe: <{link}>, <mailto:".encode() in raw


def test_a_message_has_these_headers_byte_for_byte() -> None:
    raw = message_of(make_batch("one@a.example"))

    head = without_date(raw.partition(b"\r\n\r\n")[0] + b"\r\n")
    assert head.decode().split("\r\n") == [
        "Subject: Western Mali, September 2023",
        "To: one@a.example",
        "Message-ID: <m1@news.example>",
        f"List-Unsubscribe: {UNSUBSCRIBE}",
        "From: The Dispatch <dispatch@news.example>",
        "Reply-To: editor@news.example",
        "Date: now",
        "List-Id: <dispatch.news.example>",
        "List-Help: <https://news.example/p/dispatch/>",
        "List-Post: NO",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Precedence: list",
        "Feedback-ID: september-2023:dispatch:issue:newsexample",
        "MIME-Version: 1.0",
        "Content-Language: en",
        'Content-Type: multipart/alternative; boundary="=_alternative"',
        "",
    ]


def test_an_odd_address_for_replies_stands_in_a_link_as_links_want_it() -> None:
    batch = replace(make_batch("one@a.example"), reply_to="b%c&d?@news.example")

    assert b", <mailto:b%25c%26d%3F@news.example?subject=" in message_of(batch)


def test_every_copy_shows_its_own_reader_only() -> None:
    batch = make_batch("one@a.example", "two@a.example")
    compiled = Compiled(batch)

    messages = [compiled.message(copy) for copy in batch.copies]

    assert [parsed(raw).get_all("To") for raw in messages] == [["one@a.example"], ["two@a.example"]]
    assert b"token1" not in messages[1]
    assert b"token2" not in messages[0]


@st.composite
def batches(draw: st.DrawFn) -> OutgoingBatch:
    """Of editions that share pieces, each read by some."""
    shared = draw(st.lists(pieces, min_size=1, max_size=4))
    either = st.sampled_from(shared + [Fragment(one) for one in shared])
    of_shared = st.lists(either, max_size=6).map(tuple)
    languages = st.sampled_from(["en", "fr", "ar"])
    made = st.builds(OutgoingEdition, languages, lines.filter(str.strip), of_shared, of_shared)
    editions = dict(enumerate(draw(st.lists(made, min_size=1, max_size=4))))
    readers = draw(st.lists(st.sampled_from([*editions]), min_size=1, max_size=8))
    copies = [make_copy(n, f"r{n}@a.example", edition=e) for n, e in enumerate(readers)]
    return replace(make_batch(), editions=editions, copies=copies)


@given(batches())
def test_a_copy_is_what_it_is_in_a_batch_of_its_edition_alone(batch: OutgoingBatch) -> None:
    compiled = Compiled(batch)
    for copy in batch.copies:
        edition = batch.editions[copy.edition]
        whole = replace(
            edition,
            html=("".join(edition.html),) if edition.html else (),
            text=("".join(edition.text),),
        )

        alone = replace(batch, editions={copy.edition: whole}, copies=[copy])

        assert without_date(compiled.message(copy)) == without_date(message_of(alone))


def test_a_copy_is_the_same_for_the_only_reader_of_its_edition_and_for_one_of_many() -> None:
    batch = batch_of(make_copy(1, "a@a.example"), make_copy(2, "b@b.example"))

    alone = message_of(replace(batch, copies=batch.copies[:1]))

    assert without_date(message_of(batch)) == without_date(alone)


def test_values_are_escaped_in_html_and_plain_in_text() -> None:
    message = parsed(message_of(make_batch("one@a.example")))

    assert "Kayes &amp; Segou 1" in content(message, "html")
    assert "Kayes & Segou 1" in content(message, "plain")


def test_plain_text_readers_get_plain_text_alone() -> None:
    message = parsed(message_of(make_batch("one@a.example", html=False)))

    assert message.get_content_type() == "text/plain"
    assert "Kayes & Segou 1" in message.get_content()


@pytest.mark.parametrize("html", [True, False])
def test_what_follows_data_is_the_message_and_the_dot_that_ends_it(html: bool) -> None:
    batch = make_batch("one@a.example", html=html)
    compiled = Compiled(batch)

    data = compiled.smtp_data(batch.copies[0])

    assert data == compiled.message(batch.copies[0]) + END_OF_DATA
    assert data.endswith(b"\r\n.\r\n")
    assert data.count(b"\r\n.") == 1


@pytest.mark.parametrize(
    "address",
    [
        "one@a.example\r\nBcc: all@a.example",
        "one@a.example>\r\nRCPT TO:<two@a.example",
        "one@a.example, two@a.example",
        "one@a.example\n",
        "öne@a.example",
        "<one@a.example>",
        "one",
        "",
    ],
)
def test_an_address_that_says_more_than_an_address_is_refused(address: str) -> None:
    with pytest.raises(UnmailableAddress):
        message_of(make_batch(address))


@pytest.mark.parametrize("hostile", ["x\r\nBcc: a@b.example", "x\ny", "x\ry", "x\0y", "é"])
def test_a_link_that_cannot_stand_in_a_header_is_refused(hostile: str) -> None:
    copy = make_copy(1, "one@a.example")
    copy = copy._replace(values={**copy.values, Slot.UNSUBSCRIBE_URL: hostile})

    with pytest.raises(UnwritableMail, match="List-Unsubscribe"):
        message_of(make_batch("one@a.example"), copy)


@pytest.mark.parametrize(
    "field",
    ["from_name", "from_address", "reply_to", "list_id", "feedback_id"],
)
def test_a_batch_with_two_lines_in_a_header_is_refused(field: str) -> None:
    batch = make_batch("one@a.example")
    hostile: Any = f"{getattr(batch, field)}\r\nBcc: all@a.example"

    with pytest.raises(UnwritableMail, match="Bcc"):
        Compiled(replace(batch, **{field: hostile}))


@pytest.mark.parametrize("field", ["language", "subject"])
def test_an_edition_with_two_lines_in_a_header_is_refused(field: str) -> None:
    batch = make_batch("one@a.example")
    hostile = f"{getattr(batch.editions[0], field)}\r\nBcc: all@a.example"

    with pytest.raises(UnwritableMail, match="Bcc"):
        message_of(with_edition(batch, **{field: hostile}))


def test_a_subject_that_a_reader_s_value_breaks_in_two_is_refused() -> None:
    copy = make_copy(1, "one@a.example")
    copy = copy._replace(values={**copy.values, Slot.CHOSEN_REGIONS: "Kayes\nBcc: a@b.example"})
    batch = with_edition(make_batch("one@a.example"), subject=Slot.CHOSEN_REGIONS.mark)

    with pytest.raises(UnwritableMail, match="more than one line"):
        message_of(batch, copy)


def test_a_value_that_is_missing_is_an_error() -> None:
    copy = make_copy(1, "one@a.example")._replace(values={Slot.UNSUBSCRIBE_URL: "https://n/"})

    with pytest.raises(UnwritableMail):
        message_of(make_batch("one@a.example"), copy)


def test_a_mark_that_names_no_slot_is_an_error() -> None:
    batch = with_edition(make_batch("one@a.example"), html=(f"<p>{OPEN}nonsense{CLOSE}</p>",))

    with pytest.raises(UnwritableMail, match="nonsense"):
        message_of(batch)


def test_a_copy_costs_next_to_nothing_however_long_the_edition() -> None:
    html = "<p>développements</p>\n" * 20_000
    batch = with_edition(make_batch("one@a.example"), html=(html,))
    compiled = Compiled(batch)

    began = time.process_time()
    compiled.message(batch.copies[0])
    first = time.process_time() - began
    began = time.process_time()
    for number in range(100):
        compiled.message(make_copy(number, "one@a.example"))

    assert (time.process_time() - began) / 100 < first / 2


def test_a_copy_that_belongs_under_another_message_says_so() -> None:
    copy = make_copy(1, "one@a.example")._replace(in_reply_to="first@news.example")

    message = parsed(message_of(make_batch("one@a.example"), copy))

    assert message["In-Reply-To"] == message["References"] == "<first@news.example>"
    alone = parsed(message_of(make_batch("one@a.example")))
    assert "In-Reply-To" not in alone
