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
    # The mail that it writes says which subscription it is about.
    "List-Unsubscribe": (
        rb"<https://[^\s<>,]{30,}>, <mailto:[^\s<>,?]+@[^\s<>,?]+"
        rb"\?subject=unsubscribe%20[\w.-]+%20[0-9a-f]{32}>"
    ),
    "List-Unsubscribe-Post": rb"List-Unsubscribe=One-Click",
    "List-Id": rb"<[a-z0-9-]+(\.[a-z0-9-]+)+>",
    "List-Help": rb"<https://[^\s<>,]+>",
    "List-Post": rb"NO",
    "Feedback-ID": rb"([\w-]+:){0,3}[\w-]{5,15}",
    "Precedence": rb"list",
}
#: Where there is such a page.
LIST_OPTIONAL = {"List-Archive": rb"<https://[^\s<>,]+>"}
#: In these, words may be encoded.
WORDS = (b"subject", b"from", b"to", b"reply-to")
LONGEST_LINE = 998
#: RFC 2047 §2: of an encoded word, and of a line with one in it.
LONGEST_WORD, LONGEST_LINE_WITH_ONE = 75, 76
#: Whose answer is nobody's own words is told by these.
UNANSWERED = {
    "Auto-Submitted": rb"auto-generated",
    "X-Auto-Response-Suppress": rb"OOF, AutoReply",
}


def faults_of_any_mail(mail: Mail) -> list[str]:
    """What is wrong with the header of `mail`, whatever it is."""
    return [
        *_form(mail),
        *_parts(mail),
        *_encoded(mail),
        *_too_long(mail),
        *_missing(mail),
        *_origin(mail),
        *(fault for name, rule in UNANSWERED.items() for fault in _unlike(mail, name, rule)),
    ]


def faults_of_an_issue(mail: Mail) -> list[str]:
    """What an issue lacks of a newsletter's headers, or has in the wrong way."""
    optional = {name: rule for name, rule in LIST_OPTIONAL.items() if _values(mail, name)}
    rules = {**LIST, **optional}
    return [
        *(fault for name, rule in rules.items() for fault in _unlike(mail, name, rule)),
        *_one_click(mail),
    ]


def faults_of_a_notice(mail: Mail) -> list[str]:
    """What keeps an email to one person, about themselves, from looking like that."""
    lists = [name for name in (*LIST, *LIST_OPTIONAL) if _values(mail, name)]
    return [f"{name}, in mail that goes to no list" for name in lists]


def _form(mail: Mail) -> Iterator[str]:
    if re.search(rb"\r(?!\n)|(?<!\r)\n", mail.raw):
        yield "a line that does not end with CRLF"
    if not mail.raw.isascii():
        yield "a byte beyond ASCII"
    if max(map(len, mail.raw.split(b"\r\n"))) > LONGEST_LINE:
        yield f"a line of more than {LONGEST_LINE} bytes"


def _parts(mail: Mail) -> Iterator[str]:
    """What some hop may change in a text, and no longer fits its signature then."""
    for part in mail.message.walk():
        encoding = part["Content-Transfer-Encoding"]
        if not part.is_multipart() and encoding not in ("7bit", "quoted-printable", "base64"):
            yield f"a part in {encoding}"
    if re.search(rb"(?m)^From ", mail.raw):
        yield "a line that begins a mail of its own in some mailboxes"


def _too_long(mail: Mail) -> Iterator[str]:
    for line in mail.head.split(b"\r\n"):
        words = re.findall(rb"=\?[^?\s]+\?[bqBQ]\?[^?\s]*\?=", line)
        if any(len(word) > LONGEST_WORD for word in words):
            yield f"an encoded word of more than {LONGEST_WORD} characters"
        if words and len(line) > LONGEST_LINE_WITH_ONE:
            yield f"a line with an encoded word, of more than {LONGEST_LINE_WITH_ONE} characters"


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
