"""For any issue and any interests: each reader's email holds exactly what the rule gives them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter import worker
from newsletter.editorial.scheduling import schedule
from newsletter.models import DeliveryState, MailingState
from newsletter.queries import counts_of
from newsletter.transports import configured
from newsletter.transports.outbox import configured_outbox
from subscribers.models import Region, RegionKind, Suppression
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import assess, make_issue
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

#: Places at every level, with namesakes, groups that overlap, and a successor.
CODES = (
    "011", "ML", "ML-1", "ML-4", "ML-6", "ML-10", "ML-7", "NE", "NE-8", "BF", "SN",
    "x-WESTERN-MALI", "x-LIPTAKO-GOURMA", "x-ML-KITA",
)  # fmt: skip
STATUSES = ("active", "active", "active", "pending", "ended")
_unique = itertools.count()

interest_sets = st.sets(st.sampled_from(CODES), min_size=1, max_size=4)
parts = st.lists(st.sets(st.sampled_from(CODES), max_size=3), min_size=1, max_size=6)
readers = st.lists(
    st.tuples(
        interest_sets,
        st.sampled_from(STATUSES),
        st.sampled_from(["en", "fr"]),
        st.sampled_from(["html", "text"]),
        st.booleans(),
    ),
    max_size=8,
)


class Oracle:
    """The rule as the house states it, told from the rows, one step up at a time."""

    def __init__(self) -> None:
        rows = Region.objects.prefetch_related("members", "predecessors").select_related("parent")
        self.regions = {region.code: region for region in rows}

    def reaches(self, chosen: Iterable[str], named: Iterable[str]) -> bool:
        return any(
            one == other or one in self.above(other) or other in self.above(one)
            for one in self.expanded(chosen)
            for other in self.expanded(named)
        )

    def expanded(self, codes: Iterable[str]) -> set[str]:
        found = set()
        for code in codes:
            region = self.regions[code]
            is_group = region.kind == RegionKind.GROUP
            found |= {m.code for m in region.members.all()} if is_group else {code}
        return found

    def above(self, code: str) -> set[str]:
        region = self.regions[code]
        steps = [region.parent] if region.parent else []
        steps += region.predecessors.all()
        found = {step.code for step in steps}
        for step in steps:
            found |= self.above(step.code)
        return found


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=parts,
    readers=readers,
    mail_when_nothing=st.booleans(),
    assessed=st.sets(st.sampled_from(CODES)),
)
def test_each_mail_holds_exactly_the_parts_of_its_reader_and_the_counts_balance(
    parts: list[set[str]],
    readers: list[tuple[set[str], str, str, str, bool]],
    mail_when_nothing: bool,
    assessed: set[str],
) -> None:
    # Given an issue with those parts and readers with those interests.
    load_regions()
    oracle = Oracle()
    publication = make_publication(mail_when_nothing=mail_when_nothing)
    titles = [f"Part{next(_unique)}x" for _ in parts]
    issue = make_issue(publication, *zip(titles, parts, strict=True))
    for code in assessed:
        assess(issue, code, reason=f"because{code.lower()}x")
    expected: dict[str, tuple[set[str], set[str]]] = {}
    for interests, status, language, mail_format, suppressed in readers:
        address = f"reader{next(_unique)}@a.example"
        make_subscription(
            publication=publication,
            regions=interests,
            status=status,
            address=address,
            language=language,
            mail_format=mail_format,
        )
        if suppressed:
            Suppression.objects.create(mailbox=address, reason="bounced")
        wanted = {
            t for t, p in zip(titles, parts, strict=True) if not p or oracle.reaches(interests, p)
        }
        trends = {code for code in assessed if oracle.reaches(interests, [code])}
        regional = trends or any(p and oracle.reaches(interests, p) for p in parts)
        if status == "active" and not suppressed and (regional or mail_when_nothing):
            expected[address] = wanted, trends

    # When it is sent.
    mailing = schedule(issue, at=None, by=None, even_to_nobody=True)
    with closing(configured()) as transport:
        worker.drain(transport)

    # Then everyone who should has one email, made of exactly their parts.
    outbox = configured_outbox()
    mails: dict[str, list[str]] = {}
    for item in outbox.items():
        message = outbox.parsed(item.name)
        mails.setdefault(item.address, []).extend(
            part.get_content() for part in message.walk() if part.get_content_maintype() == "text"
        )
    for address, (wanted, trends) in expected.items():
        for body in mails[address]:
            assert {t for t in titles if f"Text of {t}" in body} == wanted
            assert {c for c in assessed if f"because{c.lower()}x" in body} == trends
    sent_now = {d.mailbox for d in mailing.deliveries.filter(state=DeliveryState.ACCEPTED)}
    assert sent_now == set(expected)
    assert len([i for i in outbox.items() if i.address in expected]) == len(expected)

    # And the counts add up.
    mailing.refresh_from_db()
    counts = counts_of(mailing)
    assert mailing.state == MailingState.FINISHED
    assert counts.balanced
    assert counts.total == len(readers)
    assert counts.planned == counts.of(DeliveryState.ACCEPTED) == len(expected)
