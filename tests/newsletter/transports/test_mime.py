"""Whatever is written, each header and text is 7-bit MIME that reads as it was written."""

from __future__ import annotations

import email
import re
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.transports.mime import mailbox, part_headers, quoted, words

#: On one line.
lines = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120)
#: As a name is stored: without blanks around it.
names = lines.filter(lambda name: bool(name) and name == name.strip())
ADDRESS = "depeche@news.example"


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def assert_fits(header: bytes) -> None:
    """As RFC 2047 §2 has it."""
    for line in header.removesuffix(b"\r\n").split(b"\r\n"):
        encoded = re.findall(rb"=\?utf-8\?[bq]\?[^?\s]*\?=", line)
        assert all(len(word) <= 75 for word in encoded)
        assert not encoded or len(line) <= 76


@given(name=names)
@example(name="La Dépêche hebdomadaire de la sécurité au Mali occidental et dans la région")
@example(name="نشرة الأخبار الأمنية الأسبوعية لغرب مالي والمناطق الحدودية المجاورة لها")
@example(name="The Dispatch " * 9 + "x")
@example(name='The "new" Dispatch, \\ or (not)')
@example(name="=?utf-8?q?La_D=C3=A9p=C3=AAche?=")
@example(name="é" * 80)
@example(name="😀" * 40)
def test_a_sender_of_any_name_fits_and_reads_as_it_was_written(name: str) -> None:
    header = mailbox("From", name, ADDRESS)

    # Python's newer parser leaves in the blanks between encoded words (RFC 2047 §6.2).
    title, address = parseaddr(header.decode().removeprefix("From: ").replace("\r\n", ""))
    assert address == ADDRESS
    assert unfolded(str(make_header(decode_header(title)))) == unfolded(name)
    assert header.isascii()
    assert_fits(header)


@given(subject=lines)
@example(subject="Sécurité au Mali occidental : " * 4)
@example(subject="التطورات الأمنية في غرب مالي خلال شهر أيلول سبتمبر من عام ألفين وثلاثة وعشرين")
def test_the_encoded_words_of_a_subject_fit(subject: str) -> None:
    assert_fits(words("Subject", subject))


@pytest.mark.parametrize("text", ["a\nb", "a\r\nBcc: b", "a\x85b", "a\u2028b", "a\tb", "\x1bx"])
def test_more_than_one_line_stands_in_no_header(text: str) -> None:
    with pytest.raises(ValueError, match="more than one line"):
        words("Subject", text)
    with pytest.raises(ValueError, match="more than one line"):
        mailbox("From", text, ADDRESS)


@pytest.mark.parametrize(
    "address",
    ["a@dépêche.example", "é@a.example", "a b@c.example", "a@b\r\nBcc: c", "a", '"a"@b.c'],
)
def test_mail_comes_from_no_address_that_is_not_for_the_whole_world(address: str) -> None:
    with pytest.raises(ValueError, match="cannot be addressed"):
        mailbox("From", "The Dispatch", address)


@given(text=st.lists(st.sampled_from(["From ", "from", "\n", "From\n", "x" * 70, ".", " ", "é"])))
@example(text=["From ", "x" * 71])
@example(text=["From ", "x" * 68, "é", "\n", "From "])
def test_no_line_begins_as_mailboxes_on_disk_divide_their_mail(text: list[str]) -> None:
    raw = quoted("".join(text) + "\n")

    assert not re.search(rb"(?m)^(From |\.)", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 76
    read = parsed(part_headers(b"plain") + raw).get_content().replace("\r\n", "\n")
    assert read.rstrip("\n") == "".join(text).rstrip("\n")


def unfolded(text: str) -> str:
    """With one blank wherever there are some: a header is folded there."""
    return re.sub(r"\s+", " ", text)
