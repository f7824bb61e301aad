"""Two hundred invented readers, the same on every run."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

from subscribers.models import EndedReason, Language, MailFormat, SubscriptionStatus

FIRST_NAMES = (
    "Amina", "Moussa", "Fatou", "Ibrahim", "Awa", "Seydou", "Mariam", "Oumar", "Kadiatou",
    "Boubacar", "Claire", "Thomas", "Nadia", "Jean", "Sarah", "David", "Inès", "Pierre", "Helena",
    "Samuel",
)  # fmt: skip
LAST_NAMES = (
    "Traoré", "Keïta", "Coulibaly", "Diallo", "Touré", "Cissé", "Martin", "Okafor", "Lindqvist",
    "Mensah",
)  # fmt: skip
#: Who they work for.
DOMAINS = ("mining", "embassy", "relief", "bank", "logistics", "press", "university")

NEIGHBOURS = ("SN", "GN", "MR", "CI")
THE_SIX = ("ML-1", "ML-2", "ML-3", "ML-4", "ML-6", "ML-10")

#: How many readers chose which regions.
INTERESTS: tuple[tuple[int, tuple[str, ...]], ...] = (
    # One region.
    (18, ("ML-1",)),
    (10, ("ML-2",)),
    (10, ("ML-3",)),
    (10, ("ML-4",)),
    (12, ("ML-6",)),
    (5, ("ML-10",)),
    (8, ("ML-7",)),
    (4, ("ML-8",)),
    (3, ("ML-9",)),
    # Several.
    (12, ("ML-1", "ML-3")),
    (8, ("ML-1", "ML-2")),
    (8, ("ML-2", "ML-4")),
    (6, ("ML-6", "ML-10")),
    (5, ("ML-6", "ML-7")),
    (4, ("ML-1", "SN")),
    (3, ("ML-3", "CI")),
    (8, THE_SIX),
    # Wider than a region.
    (24, ("x-WESTERN-MALI",)),
    (16, ("ML",)),
    (4, ("ML", "NE", "BF")),
    # Nothing in this issue is about these.
    (6, NEIGHBOURS),
    (5, ("SN",)),
    (3, ("CI", "GN")),
    (2, ("MR",)),
    (4, ("ML-BKO",)),
    (2, ("ML-5",)),
)

PENDING = range(7, 200, 33)
ENDED = {
    19: EndedReason.UNSUBSCRIBED,
    69: EndedReason.UNSUBSCRIBED,
    119: EndedReason.REMOVED,
    169: EndedReason.UNSUBSCRIBED,
}
#: Active, and yet not to be mailed.
SUPPRESSED = 100

#: What they agreed to, in the language they read.
WORDING = {
    Language.EN: "Send me the Western Mali Dispatch once a month, on the regions I chose.",
    Language.FR: "Envoyez-moi chaque mois le Western Mali Dispatch, sur les régions choisies.",
}
#: Where they did: addresses that are kept for examples.
NETWORK = "192.0.2.0/24"

FIRST_SIGN_UP = datetime(2023, 3, 1, 8, tzinfo=UTC)
#: Two hundred of them end before the issue is dated.
BETWEEN_SIGN_UPS = timedelta(hours=20)


@dataclass(frozen=True)
class SampleReader:
    """One reader: the person, what they agreed to, and when."""

    name: str
    address: str
    language: Language
    mail_format: MailFormat
    #: Codes of the regions they chose.
    interests: tuple[str, ...]
    status: SubscriptionStatus
    requested_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    ended_reason: str
    is_suppressed: bool


def sample_readers() -> Iterator[SampleReader]:
    """The readers, in the order in which they signed up."""
    interests = chain.from_iterable(repeat(codes, count) for count, codes in INTERESTS)
    return (_reader(number, codes) for number, codes in enumerate(interests))


def _reader(number: int, interests: tuple[str, ...]) -> SampleReader:
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    last = LAST_NAMES[number // len(FIRST_NAMES)]
    status = _status(number)
    requested_at = FIRST_SIGN_UP + number * BETWEEN_SIGN_UPS
    return SampleReader(
        name=f"{first} {last}",
        address=f"{_ascii(first)}.{_ascii(last)}@{DOMAINS[number % len(DOMAINS)]}.example.org",
        # Two in five, and two in thirteen: spread over every choice of regions.
        language=Language.FR if number % 5 in (1, 3) else Language.EN,
        mail_format=MailFormat.TEXT if number % 13 in (4, 11) else MailFormat.HTML,
        interests=interests,
        status=status,
        requested_at=requested_at,
        confirmed_at=(
            None if status == SubscriptionStatus.PENDING else requested_at + timedelta(minutes=6)
        ),
        ended_at=requested_at + timedelta(days=30) if status == SubscriptionStatus.ENDED else None,
        ended_reason=ENDED.get(number, ""),
        is_suppressed=number == SUPPRESSED,
    )


def _status(number: int) -> SubscriptionStatus:
    if number in ENDED:
        return SubscriptionStatus.ENDED
    return SubscriptionStatus.PENDING if number in PENDING else SubscriptionStatus.ACTIVE


def _ascii(name: str) -> str:
    """`name` in lower case without accents, as it stands in an address."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
