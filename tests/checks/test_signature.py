"""The sample's emails under a key of our own; tests/newsletter/transports has the rest."""

from __future__ import annotations

import pytest

from tests.checks.mail import Mail
from tests.checks.sample import EVERY_MAIL
from tests.newsletter.transports.test_dkim import Judge, judges, signed


@judges
@pytest.mark.parametrize("name", EVERY_MAIL)
def test_its_signature_verifies(mails: dict[str, Mail], name: str, judge: Judge) -> None:
    assert judge(signed(mails[name].raw))


@judges
@pytest.mark.parametrize("name", EVERY_MAIL)
def test_a_list_unsubscribe_put_in_front_is_found(
    mails: dict[str, Mail], name: str, judge: Judge
) -> None:
    assert not judge(b"List-Unsubscribe: <https://evil.example/>\r\n" + signed(mails[name].raw))
