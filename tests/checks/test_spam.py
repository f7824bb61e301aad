from __future__ import annotations

import re

import pytest

from tests.checks.conftest import Judge
from tests.checks.mail import Mail
from tests.checks.sample import CONFIRMATION, ISSUES

#: The score that a mail may have at most: 5 is spam.
ISSUE, NOTICE = -0.5, 0.1

SUBJECT = re.compile(rb"^Subject: .*\n([ \t].*\n)*", re.MULTILINE)


@pytest.mark.parametrize("name", ISSUES)
def test_an_issue_looks_like_a_newsletter(mails: dict[str, Mail], judge: Judge, name: str) -> None:
    score, rules = judge(mails[name].raw)

    assert score <= ISSUE, rules


def test_a_confirmation_looks_like_no_spam(mails: dict[str, Mail], judge: Judge) -> None:
    score, rules = judge(mails[CONFIRMATION].raw)

    assert score <= NOTICE, rules


@pytest.mark.parametrize("name", [*ISSUES, CONFIRMATION])
def test_what_shouts_and_hides_where_it_comes_from_is_found(
    mails: dict[str, Mail], judge: Judge, name: str
) -> None:
    shouting = SUBJECT.sub(b"Subject: FREE MONEY ACT NOW !!!\r\n", mails[name].raw, 1)
    hiding = re.sub(rb"(?m)^(Date|Message-ID|List-[\w-]+): .*\n", b"", shouting)

    score, rules = judge(hiding)

    assert score > max(ISSUE, NOTICE), rules
    assert "SUBJ_ALL_CAPS" in rules
