from __future__ import annotations

import re

import pytest

from tests.checks.fidelity import missing_from_text
from tests.checks.mail import Mail, read_page
from tests.checks.sample import PAGES
from tests.messages import part_of


@pytest.mark.parametrize("name", PAGES)
def test_the_text_says_what_the_page_says(mails: dict[str, Mail], name: str) -> None:
    assert missing_from_text(mails[name]) == []


def in_text(mail: Mail, pattern: str, replacement: str) -> Mail:
    """The mail with its text changed, the page as it was."""
    message = Mail(mail.raw).message
    text = re.sub(pattern, replacement, mail.text)
    assert text != mail.text
    part_of(message, "plain").set_content(text)
    return Mail(message.as_bytes())


@pytest.mark.parametrize("name", PAGES)
def test_a_link_that_is_missing_is_told(mails: dict[str, Mail], name: str) -> None:
    link = max(read_page(mails[name].html).links, key=len)

    assert missing_from_text(in_text(mails[name], re.escape(link), "")) == [f"the link {link}"]


def test_a_number_that_is_missing_is_told(mails: dict[str, Mail]) -> None:
    mail = mails["one-region"]
    number = max(re.findall(r"\b\d{4}\b", read_page(mail.html).words))

    assert f"the number {number}" in missing_from_text(in_text(mail, number, "many"))


def test_words_that_are_missing_are_told(mails: dict[str, Mail]) -> None:
    mail = in_text(mails["six-regions"], r"(?m)^[A-Z].*", "And so on.")

    assert any("of the words" in told for told in missing_from_text(mail))
