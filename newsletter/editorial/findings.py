"""What a check of a draft has found, as codes with parameters: bounded, however much there is.

It can be stored and taken up again. Sentences are made when somebody reads it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from newsletter.audience.assigning import Interest
from newsletter.audience.verdicts import Verdict
from newsletter.editions.compose import ComposedEdition
from newsletter.editions.content import IssueContent
from newsletter.editions.linting import Remark
from newsletter.editions.selection import PartKey
from newsletter.models import Reason
from newsletter.rendering.weight import wire_size

#: How many editions are kept with what was found in them, those with most readers first.
KEPT = 500
#: How many different faults, and doubts, are told. Whoever mends so many checks again.
TOLD = 30
#: Of one edition, how many of its readers’ interests are kept, of its parts, and of its faults.
EXAMPLES = 10

#: Parameters that are an edition’s own.
_OF_AN_EDITION = ("about", "edition", "size", "length")


class FindingKind(TextChoices):
    #: What an edition holds besides, or lacks of, what its readers chose.
    LEAK = "leak"
    #: What a program can see in its bytes.
    FLAW = "flaw"
    #: No email can be written of it: with `words`.
    UNWRITABLE = "unwritable"
    #: The check itself came to no end.
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """One thing that was found, in one edition or alike in many."""

    kind: FindingKind
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def leak(cls, verdict: Verdict) -> Self:
        """That the edition of `verdict` is not what its readers chose."""
        return cls(
            FindingKind.LEAK,
            {
                "edition": verdict.key,
                "leaked": _some(verdict.found - verdict.allowed),
                "missing": _some(verdict.allowed - verdict.found),
                "mixed": not verdict.is_one_for_all,
            },
        )

    @classmethod
    def flaw(cls, remark: Remark) -> Self:
        return cls(FindingKind.FLAW, remark.plain)

    @classmethod
    def unwritable(cls, words: str) -> Self:
        """`words` say why no email can be written of an edition."""
        return cls(FindingKind.UNWRITABLE, {"words": words})

    def sentences(self, content: IssueContent) -> Iterator[str]:
        """It in words, in the language that is active; mostly one sentence."""
        match self.kind:
            case FindingKind.LEAK:
                yield from _leak_in_words(self.about, content)
            case FindingKind.FLAW:
                yield Remark.of(self.about).text
            case FindingKind.UNWRITABLE:
                yield _("No email can be written of this: %(why)s") % {"why": self.about["words"]}
            case FindingKind.BROKEN:
                yield _("The check stopped with an error. The log says why.")

    @property
    def gist(self) -> str:
        """The same for all that are alike but for the edition, and for what was measured in it."""
        about = {**self.about, **self.about.get("about", {})}
        return json.dumps([self.kind, {k: v for k, v in about.items() if k not in _OF_AN_EDITION}])

    @property
    def plain(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "about": dict(self.about)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """The one that was made :attr:`plain`."""
        return cls(FindingKind(plain["kind"]), plain["about"])


class FindingCounts:
    """How many editions have each finding; of the many that may come, :data:`TOLD`.

    Of those with the same gist the first is told.
    """

    def __init__(self, plain: Sequence[tuple[Mapping[str, Any], int]] = ()) -> None:
        told = ((Finding.of(one), number) for one, number in plain)
        self._counts = {finding.gist: (finding, number) for finding, number in told}

    def add(self, finding: Finding) -> None:
        told, number = self._counts.get(finding.gist, (finding, 0))
        if number or len(self._counts) < TOLD:
            self._counts[finding.gist] = (told, number + 1)

    def __bool__(self) -> bool:
        return bool(self._counts)

    def items(self) -> Collection[tuple[Finding, int]]:
        return self._counts.values()

    @property
    def plain(self) -> list[tuple[dict[str, Any], int]]:
        return [(finding.plain, number) for finding, number in self.items()]


@dataclass
class CheckedEdition:
    """One edition that somebody would get, and what was found in it."""

    key: str
    language: str
    mail_format: str
    subject: str
    #: Bytes on the wire of its HTML, or of its text where that is all.
    size: int
    #: How many sections it has.
    sections: int
    #: Ids of the first of those that are not for everyone.
    parts: Sequence[int]
    faults: Sequence[Finding]
    doubts: Sequence[Finding]
    readers: int = 0
    #: The first of the interests that its readers have, with the number of those readers.
    interests: list[tuple[Interest, int]] = field(default_factory=list)
    #: How many more interests there are.
    other_interests: int = 0

    def add(self, interests: Mapping[Interest, int]) -> None:
        """Count the readers who share one of `interests` too."""
        self.readers += sum(interests.values())
        room = max(EXAMPLES - len(self.interests), 0)
        self.interests += list(interests.items())[:room]
        self.other_interests += max(len(interests) - room, 0)

    @property
    def example(self) -> Interest:
        """What one of its readers is interested in."""
        return self.interests[0][0]

    @property
    def plain(self) -> dict[str, Any]:
        return {
            **vars(self),
            "faults": [one.plain for one in self.faults],
            "doubts": [one.plain for one in self.doubts],
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """The one that was made :attr:`plain`."""
        return cls(
            **{
                **plain,
                "faults": [Finding.of(one) for one in plain["faults"]],
                "doubts": [Finding.of(one) for one in plain["doubts"]],
                "interests": [(Interest(*one), number) for one, number in plain["interests"]],
            }
        )


class Findings:
    """All that is known of who would get what, as far as the check has come."""

    def __init__(self) -> None:
        #: How many get nothing, by the reason.
        self.left_out: Counter[Reason] = Counter()
        self.readers = 0
        #: How often an edition was looked at: those in each piece of the audience.
        self.looked_at = 0
        self.faults = FindingCounts()
        self.doubts = FindingCounts()
        self._editions: dict[str, CheckedEdition] = {}
        #: Whether there are more editions than are kept.
        self.has_more = False

    def add(
        self,
        edition: ComposedEdition,
        interests: Mapping[Interest, int],
        faults: Sequence[Finding],
        doubts: Sequence[Finding],
        regional: Collection[int],
    ) -> None:
        """Count `edition` and its readers; `regional` are the sections that are not for all."""
        if edition.key not in self._editions:
            self._editions[edition.key] = CheckedEdition(
                key=edition.key,
                language=edition.language,
                mail_format=edition.mail_format,
                subject=edition.subject,
                size=wire_size(edition.html or edition.text),
                sections=len(edition.sections),
                parts=[part for part in edition.sections if part in regional][:EXAMPLES],
                faults=faults[:EXAMPLES],
                doubts=doubts[:EXAMPLES],
            )
        self._editions[edition.key].add(interests)
        self.readers += sum(interests.values())
        self.looked_at += 1
        for fault in faults:
            self.faults.add(fault)
        for doubt in doubts:
            self.doubts.add(doubt)

    def let_go(self) -> None:
        """Keep no more editions than :data:`KEPT`: those with faults, then with most readers.

        One that is let go and comes up again later is counted from there on.
        """
        if len(self._editions) > KEPT:
            self.has_more = True
            self._editions = {one.key: one for one in self.editions[:KEPT]}

    @property
    def editions(self) -> list[CheckedEdition]:
        """Those that are kept."""
        return sorted(
            self._editions.values(), key=lambda one: (bool(one.faults), one.readers), reverse=True
        )

    @property
    def shared_doubts(self) -> list[Finding]:
        """Those about every edition."""
        return [doubt for doubt, number in self.doubts.items() if number == self.looked_at]

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON can hold it, without the editions."""
        return {
            "left_out": {reason.value: number for reason, number in self.left_out.items()},
            "readers": self.readers,
            "looked_at": self.looked_at,
            "faults": self.faults.plain,
            "doubts": self.doubts.plain,
            "has_more": self.has_more,
        }

    @property
    def plain_editions(self) -> list[dict[str, Any]]:
        return [one.plain for one in self.editions]

    @classmethod
    def of(cls, plain: Mapping[str, Any], editions: Sequence[Mapping[str, Any]] = ()) -> Self:
        """Those that were made :attr:`plain`; nothing yet if that is empty."""
        found = cls()
        if plain:
            found.left_out.update({Reason(one): n for one, n in plain["left_out"].items()})
            found.readers, found.looked_at = plain["readers"], plain["looked_at"]
            found.faults = FindingCounts(plain["faults"])
            found.doubts = FindingCounts(plain["doubts"])
            found.has_more = plain["has_more"]
        found._editions = {one["key"]: CheckedEdition.of(one) for one in editions}
        return found


def _leak_in_words(about: Mapping[str, Any], content: IssueContent) -> Iterator[str]:
    verdict = Verdict(
        key=about["edition"],
        found=frozenset(about["leaked"]),
        allowed=frozenset(about["missing"]),
        is_one_for_all=not about["mixed"],
        remarks=(),
    )
    yield from verdict.reasons(content)


def _some(parts: Collection[PartKey]) -> list[PartKey]:
    return sorted(parts, key=str)[:EXAMPLES]
