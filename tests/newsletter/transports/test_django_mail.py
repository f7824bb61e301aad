"""Transactional mail and test emails leave as the same kind of bytes as an issue does."""

from __future__ import annotations

import email
import re
from email import policy
from typing import Any

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from hypothesis import given
from hypothesis import strategies as st

from newsletter.transports.base import UnwritableMail
from newsletter.transports.django_mail import written
from tests.messages import part_of

lines = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


def make_message(**fields: Any) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        **{
            "subject": "Confirmez votre abonnement à La Dépêche",
            "body": "Bonjour, à bientôt.\n",
            "from_email": '"La Dépêche, du Mali" <depeche@news.example>',
            "to": ["one@a.example"],
            "reply_to": ["desk@news.example"],
            "headers": {"Content-Language": "fr"},
            **fields,
        }
    )
    message.attach_alternative("<p>Bonjour, à bientôt.</p>\n", "text/html")
    return message


@given(subject=lines, body=texts)
def test_whatever_it_says_it_is_ascii_in_short_lines(subject: str, body: str) -> None:
    raw = written(make_message(subject=subject, body=body))

    assert raw.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    assert not re.search(rb"(?m)^(From |\.)", raw.partition(b"\r\n\r\n")[2])
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"8bit" not in raw.partition(b"\r\n\r\n")[0]


def test_it_reads_as_it_was_written() -> None:
    read = email.message_from_bytes(written(make_message()), policy=policy.default)

    assert read["Subject"] == "Confirmez votre abonnement à La Dépêche"
    assert read["From"].addresses[0].display_name == "La Dépêche, du Mali"
    assert (read["To"], read["Reply-To"]) == ("one@a.example", "desk@news.example")
    assert part_of(read, "plain").get_content() == "Bonjour, à bientôt.\r\n"
    assert part_of(read, "html").get_content() == "<p>Bonjour, à bientôt.</p>\r\n"
    assert read["Message-ID"].endswith("@news.example>")
    assert read["Date"].datetime.tzinfo is not None


def test_plain_text_alone_is_one_part() -> None:
    message = EmailMessage("x", "y", "a@news.example", ["one@a.example", "two@a.example"])

    read = email.message_from_bytes(written(message), policy=policy.default)

    assert read.get_content_type() == "text/plain"
    assert read["To"] == "one@a.example, two@a.example"


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "two\nlines"},
        {"from_email": "a@dépêche.example"},
        {"to": ["one@a.example\r\nBcc: all@a.example"]},
        {"reply_to": ["é@a.example"]},
        {"headers": {"X-One": "two\r\nBcc: all@a.example"}},
        {"attachments": [("a.txt", "words", "text/plain")]},
    ],
)
def test_what_cannot_be_written_so_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(UnwritableMail):
        written(make_message(**fields))
