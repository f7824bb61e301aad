"""A small site as a release leaves it: a mailing on its way, an archive, and links in sent email.

Run by `python -m tests.upgrades.site FILE` on the empty database of DATABASE_URL; what should be
found later is written to FILE.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from contextlib import closing
from email.message import EmailMessage
from html import unescape
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import django
from django.core.management import call_command

from tests.messages import part_of

if TYPE_CHECKING:
    from newsletter.models import Mailing
    from subscribers.models import Publication

REGIONS = ("ML-1", "ML-2", "ML-3", "ML-4")
#: Who signed up and has not confirmed.
NEWCOMER = "newcomer@example.org"
#: What a link in an email is to, by what its address has in it.
LINKS = {
    "unsubscribe": re.compile(r"/unsubscribe/"),
    "preferences": re.compile(r"/preferences/[^?]+$"),
    "drop a region": re.compile(r"/preferences/.+[?]without="),
    "web view": re.compile(r"/view/"),
    "map": re.compile(r"/maps/"),
    "confirm": re.compile(r"/confirm/"),
}
_ADDRESS = re.compile(r'(?:href|src|srcset)="([^"]+)"')


def main(found: Path) -> None:
    django.setup()
    call_command("migrate", verbosity=0, skip_checks=False)
    from newsletter.models import DeliveryState
    from newsletter.transports.outbox import configured_outbox

    publication = _publication()
    archived = _archived(publication)
    mailing = _half_sent(publication)
    _ask_to_confirm(publication)
    outbox = configured_outbox()
    mails = {item.address: outbox.parsed(item.name) for item in outbox.items()}
    rows = mailing.deliveries.filter(state=DeliveryState.PLANNED).order_by("pk")
    facts = {
        "mailing": mailing.pk,
        "mailed": sorted(mails.keys() - {NEWCOMER}),
        "open": {row.mailbox: row.batch.state for row in rows if row.batch},
        "archive": [f"/archive/{publication.slug}/", archived],
        "links": _links_in(mails.values()),
    }
    found.write_text(json.dumps(facts, indent=1))


def _publication() -> Publication:
    """Two readers of each region, so that each region's emails are a batch of their own."""
    from tests import factories, regions

    regions.load_regions()
    publication = factories.make_publication(regions=REGIONS, archive_open=True)
    for code, name in product(REGIONS, ("one", "two")):
        address = f"{name}.{code.lower()}@a.example"
        factories.make_subscription(publication=publication, regions=[code, "SN"], address=address)
    return publication


def _archived(publication: Publication) -> str:
    """The page of an issue that was sent, of which the desk has nothing any more."""
    from tests.newsletter.factories import sent

    mailing = sent(publication, "August", {"ML-1": "decreased"})
    mailing.issue.sections.all().delete()
    return f"/archive/{publication.slug}/{mailing.issue.slug}/"


def _half_sent(publication: Publication) -> Mailing:
    """Of four batches one is accepted, one on the wire, one claimed, and one not begun."""
    from newsletter.audience.freezing import freeze_due
    from newsletter.editorial.scheduling import schedule
    from newsletter.ledger.heartbeats import Heart
    from newsletter.sending.delivering import commit_intent, deliver_next
    from newsletter.sending.journals import own_journal
    from newsletter.transports import configured
    from tests.newsletter import factories
    from tests.newsletter.workers import claim

    parts = [("Letter", []), *((f"On {code}", [code]) for code in REGIONS)]
    issue = factories.make_issue(publication, *parts, title="September")
    for code in REGIONS:
        factories.assess(issue, code, "increased")
    mailing = schedule(issue, at=None, by=None)
    freeze_due(2)
    with closing(configured()) as transport, own_journal() as journal:
        assert deliver_next(transport, journal, Heart())
    handed = claim()
    assert handed
    assert commit_intent(handed)
    assert claim()
    return mailing


def _ask_to_confirm(publication: Publication) -> None:
    from subscribers.services.answering import answer_due
    from subscribers.services.notifying import send_due
    from tests.subscribers.asking import ask

    ask(publication, *publication.regions.all()[:1], address=NEWCOMER)
    assert answer_due() == 1
    assert send_due() == 1


def _links_in(mails: Iterable[EmailMessage]) -> dict[str, str]:
    """The path of one link of each kind."""
    pages = "".join(str(_html(mail)) for mail in mails)
    addresses = [unescape(found) for found in _ADDRESS.findall(pages)]
    return {
        kind: _path(next(address for address in addresses if shape.search(address)))
        for kind, shape in LINKS.items()
    }


def _html(mail: EmailMessage) -> Any:
    return part_of(mail, "html").get_content()


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


if __name__ == "__main__":
    main(Path(sys.argv[1]))
