from __future__ import annotations

import pytest

from tests.checks.mail import Mail
from tests.checks.sample import MAILS

#: Bytes of the largest issue that a reader of the sample can get: the page, the message.
LARGEST_PAGE, LARGEST_MESSAGE = 40_000, 80_000


def too_large(mail: Mail) -> list[str]:
    sizes = {"page": len(mail.html.encode()), "message": len(mail.raw)}
    limits = {"page": LARGEST_PAGE, "message": LARGEST_MESSAGE}
    return [f"{part}: {size:,} bytes" for part, size in sizes.items() if size > limits[part]]


@pytest.mark.parametrize("name", MAILS)
def test_it_is_light(mails: dict[str, Mail], name: str) -> None:
    assert too_large(mails[name]) == []


def test_what_is_too_large_is_told() -> None:
    head = b"Content-Type: text/html; charset=utf-8\r\n\r\n"

    assert too_large(Mail(head + b"x" * 40_001)) == ["page: 40,001 bytes"]
    assert len(too_large(Mail(head + b"x" * 80_000))) == 2
