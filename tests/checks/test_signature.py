"""The sample's emails under a key of our own; tests/newsletter/transports has the rest."""

from __future__ import annotations

import pytest

from tests.checks.mail import Mail
from tests.checks.sample import EVERY_MAIL, MAILS, NOTICES, TEST_EMAIL
from tests.newsletter.transports.test_dkim import Judge, judges, signed, verifies

#: Of each kind one, in a script that has to be encoded: a process of Perl looks at each.
OF_EACH_KIND = (*MAILS, TEST_EMAIL, *(name for name in NOTICES if name.endswith("-ar-html")))


@pytest.mark.parametrize("name", EVERY_MAIL)
def test_its_signature_verifies(mails: dict[str, Mail], name: str) -> None:
    assert verifies(signed(mails[name].raw))


@judges
@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_it_verifies_until_a_list_unsubscribe_is_put_in_front(
    mails: dict[str, Mail], name: str, judge: Judge
) -> None:
    message = signed(mails[name].raw)

    assert judge(message)
    assert not judge(b"List-Unsubscribe: <https://evil.example/>\r\n" + message)
