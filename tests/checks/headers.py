"""Whether the header of a message is right, on its bytes: other checkers decode first.

A List-Unsubscribe that was encoded as if it were words (RFC 2047) decodes to what it should be.
Mail programs that look for the address in it find none, and offer no button.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.checks.mail import Mail

ONCE = ("From", "Reply-To", "To", "Subject", "Date", "Message-ID", "MIME-Version")
LIST = {
    "List-Unsubscribe": rb"<https://[^\s<>,]{30,}>, <mailto:[^\s<>,]+@[^\s<>,]+>",
    "List-Unsubscribe-Post": rb"List-Unsubscribe=One-Click",
    "List-Id": rb"<[a-z0-9-]+(\.[a-z0-9-]+)+>",
    "List-Help": rb"<https://[^\s<>,]+>",
    "List-Post": rb"NO",
    "Feedback-ID": rb"([\w-]+:){0,3}[\w-]{5,15}",
}
#: Where there is such a page.
LIST_OPTIONAL = {"List-Archive": rb"<https://[^\s<>,]+>"}
#: In these, words may be encoded.
WORDS = (b"subject", b"from", b"to", b"reply-to")
LONGEST_LINE = 998


def faults_of_any_mail(mail: Mail) -> list[str]:
    """What is wrong with the header of `mail`, whatever it is."""
    return [*_form(mail), *_encoded(mail), *_missing(mail), *_origin(mail)]


def faults_of_an_issue(mail: Mail) -> list[str]:
    """What an issue lacks of a newsletter's headers, or has in the wrong way."""
    optional = {name: rule for name, rule in LIST_OPTIONAL.items() if _values(mail, name)}
    rules = {**LIST, **optional}
    return [
        *(fault for name, rule in rules.items() for fault in _unlike(mail, name, rule)),
        *_one_click(mail),
        *("Auto-Submitted, by hand-written mail" for _value in _values(mail, "Auto-Submitted")),
    ]


def faults_of_a_notice(mail: Mail) -> list[str]:
    """What keeps an email to one person, about themselves, from looking like that."""
    lists = [name for name in (*LIST, *LIST_OPTIONAL) if _values(mail, name)]
    return [
        *(f"{name}, in mail that goes to no list" for name in lists),
        *_unlike(mail, "Auto-Submitted", rb"auto-generated"),
    ]


def _form(mail: Mail) -> Iterator[str]:
    if re.search(rb"\r(?!\n)|(?<!\r)\n", mail.raw):
        yield "a line that does not end with CRLF"
    if not mail.raw.isascii():
        yield "a byte beyond ASCII"
    if max(map(len, mail.raw.split(b"\r\n"))) > LONGEST_LINE:
        yield f"a line of more than {LONGEST_LINE} bytes"


def _encoded(mail: Mail) -> list[str]:
    return [
        f"{name.decode()} is encoded"
        for name, value in _fields(mail)
        if b"=?" in value and name.lower() not in WORDS
    ]


def _missing(mail: Mail) -> list[str]:
    counts = {name: len(_values(mail, name)) for name in ONCE}
    return [f"{name} is there {count} times" for name, count in counts.items() if count != 1]


def _origin(mail: Mail) -> Iterator[str]:
    domain = mail.message["From"].addresses[0].domain.encode()
    yield from _unlike(mail, "Message-ID", rb"<[\w.+-]{16,}@" + re.escape(domain) + rb">")
    yield from _unlike(mail, "Date", rb"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} [\d:]{8} \+\d{4}")


def _one_click(mail: Mail) -> list[str]:
    link = b"".join(_values(mail, "List-Unsubscribe")).partition(b">")[0].lstrip(b"<").decode()
    return [] if link and link in mail.text else ["the link of one click is not that of the text"]


def _unlike(mail: Mail, name: str, rule: bytes) -> list[str]:
    values = _values(mail, name)
    if len(values) == 1 and re.fullmatch(rule, values[0]):
        return []
    return [f"{name} is {values}"]


def _values(mail: Mail, name: str) -> list[bytes]:
    return [value for found, value in _fields(mail) if found.lower() == name.lower().encode()]


def _fields(mail: Mail) -> list[tuple[bytes, bytes]]:
    """The fields as they stand there: a folded one has its folds in it."""
    return re.findall(rb"([!-9;-~]+): ?((?:.|\r\n[ \t])*?)\r\n(?![ \t])", mail.head)
