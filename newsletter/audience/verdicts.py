"""What a leak check has to say of an edition."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletter.editions.content import IssueContent
from newsletter.editions.linting import Remark
from newsletter.editions.naming import names_of_parts
from newsletter.editions.selection import PartKey
from subscribers.listing import listed


@dataclass(frozen=True)
class Verdict:
    """What was found in the bytes of an edition, beside what its readers are allowed."""

    key: str
    found: frozenset[PartKey]
    #: What all of them are allowed.
    allowed: frozenset[PartKey]
    #: Whether they are all allowed the same.
    is_one_for_all: bool
    remarks: Sequence[Remark]
    #: Whether it was read whole.
    is_read: bool = True

    @property
    def passed(self) -> bool:
        return self.is_one_for_all and self.found == self.allowed and not self.faults

    @property
    def faults(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.is_fault]

    def reasons(self, content: IssueContent) -> Iterator[str]:
        """Why it does not pass, a sentence each; nothing if it does."""
        edition = self.key[:8]
        if leaked := _named(self.found - self.allowed, content):
            yield _("Edition %(edition)s holds %(sections)s, which its readers did not choose.") % {
                "edition": edition,
                "sections": listed(leaked),
            }
        if missing := _named(self.allowed - self.found, content):
            yield _("In edition %(edition)s, %(sections)s is missing or incomplete.") % {
                "edition": edition,
                "sections": listed(missing),
            }
        if not self.is_one_for_all:
            yield _("The readers of edition %(edition)s did not all choose the same.") % {
                "edition": edition
            }
        yield from (fault.text for fault in self.faults)


#: That of an edition that was compared and not read, and that passes: of these there may be a
#: million, and there is nothing to tell of each.
PASSED = Verdict("", frozenset(), frozenset(), is_one_for_all=True, remarks=(), is_read=False)


def in_order(parts: Collection[PartKey]) -> list[PartKey]:
    """Sections by their ids, then assessments by their regions."""
    return sorted(parts, key=lambda part: (isinstance(part, str), part))


def _named(parts: Collection[PartKey], content: IssueContent) -> list[str]:
    """How editors know `parts`."""
    names = names_of_parts(content)
    return [names[part] for part in in_order(parts)]
