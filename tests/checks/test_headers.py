from __future__ import annotations

import pytest

from tests.checks.headers import faults_of_a_notice, faults_of_an_issue, faults_of_any_mail
from tests.checks.mail import Mail
from tests.checks.sample import CONFIRMATION, EVERY_MAIL, ISSUES, TO_ONE_PERSON

LINK = b"List-Unsubscribe: <https://"


@pytest.mark.parametrize("name", EVERY_MAIL)
def test_its_form_and_origin_are_right(mails: dict[str, Mail], name: str) -> None:
    assert faults_of_any_mail(mails[name]) == []


@pytest.mark.parametrize("name", ISSUES)
def test_an_issue_has_the_headers_of_a_newsletter(mails: dict[str, Mail], name: str) -> None:
    assert faults_of_an_issue(mails[name]) == []


@pytest.mark.parametrize("name", TO_ONE_PERSON)
def test_a_mail_to_one_person_has_none_of_them(mails: dict[str, Mail], name: str) -> None:
    assert faults_of_a_notice(mails[name]) == []


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        (b"\r\nDate:", b"\nDate:", "CRLF"),
        (b"Western", "Wéstern".encode(), "ASCII"),
        (b"\r\nDate:", b"\r\nX-Long: " + b"x" * 999 + b"\r\nDate:", "998"),
        (b"\r\nDate:", b"\r\nFrom: x@evil.example\r\nDate:", "From is there 2 times"),
        (b"\r\nReply-To:", b"\r\nX-Reply-To:", "Reply-To is there 0 times"),
        (b"@news.example.org>\r\nList-Uns", b"@localhost>\r\nList-Uns", "Message-ID is"),
        (b"+0000\r\n", b"-0000\r\n", "Date is"),
        (b"Auto-Submitted: auto-generated", b"Auto-Submitted: no", "Auto-Submitted is"),
        (b"X-Auto-Response-Suppress: ", b"X-Nothing: ", "X-Auto-Response-Suppress is"),
        (b"quoted-printable", b"8bit", "a part in 8bit"),
        (b"\r\n\r\n--=_", b"\r\n\r\nFrom me\r\n--=_", "a mail of its own"),
        (b"Subject: ", b"Subject: =?utf-8?q?" + b"x" * 64 + b"?=\r\n ", "an encoded word of more"),
        (b"Subject: ", b"Subject: " + b"x" * 50 + b" =?utf-8?q?seven?= ", "a line with an encoded"),
        (LINK, b"List-Unsubscribe: =?utf-8?q?=3Chttps://", "List-Unsubscribe is encoded"),
        (b"List-Id: ", b"List-Id: =?utf-8?b?UsOpZ2lvbg==?= ", "List-Id is encoded"),
    ],
)
def test_a_fault_of_form_or_origin_is_told(
    mails: dict[str, Mail], good: bytes, bad: bytes, told: str
) -> None:
    raw = mails["one-region"].raw
    assert good in raw

    assert told in " ".join(faults_of_any_mail(Mail(raw.replace(good, bad, 1))))


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        (LINK, b"List-Unsubscribe: <http://", "List-Unsubscribe is"),
        (LINK, b"List-Unsubscribe: <mailto:x@y.example>, <https://", "List-Unsubscribe is"),
        (LINK, b"List-Unsubscribe:\r\n <https://", "List-Unsubscribe is"),
        (LINK, b"List-Unsubscribe: <https://evil.example/>\r\n" + LINK, "List-Unsubscribe is"),
        (LINK, b"List-Unsubscribe: <https://else", "not that of the text"),
        (b"=One-Click", b"=one-click", "List-Unsubscribe-Post is"),
        (b"List-Id: <", b"List-Id: Dispatch <", "List-Id is"),
        (b"List-Help: ", b"X-List-Help: ", "List-Help is"),
        (b"List-Post: NO", b"List-Post: <NO>", "List-Post is"),
        (b"Feedback-ID: ", b"Feedback-ID: a:b:c:", "Feedback-ID is"),
        (b"List-Id: ", b"List-Archive: nowhere\r\nList-Id: ", "List-Archive is"),
        (b"Precedence: list", b"Precedence: bulk", "Precedence is"),
        (b"?subject=unsubscribe%20", b"?subject=stop%20", "List-Unsubscribe is"),
    ],
)
def test_a_fault_in_the_headers_of_a_newsletter_is_told(
    mails: dict[str, Mail], good: bytes, bad: bytes, told: str
) -> None:
    raw = mails["one-region"].raw
    assert good in raw

    assert told in " ".join(faults_of_an_issue(Mail(raw.replace(good, bad, 1))))


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (b"Auto-Submitted: auto-generated\r\nList-Id: <a.example>", "List-Id, in mail"),
    ],
)
def test_a_confirmation_that_poses_as_something_else_is_told(
    mails: dict[str, Mail], bad: bytes, told: str
) -> None:
    raw = mails[CONFIRMATION].raw.replace(b"Auto-Submitted: auto-generated", bad)

    assert told in " ".join(faults_of_a_notice(Mail(raw)))
