"""What a link in a mail proposes to change about a reader's regions: pure, and nothing until saved.

"Drop Kayes" is easy where the reader chose Kayes. A reader of Mali means: all of Mali but
Kayes. Then Mali gives way to its other regions, as far as they are offered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from subscribers.errors import LinkInvalid
from subscribers.glued import without_glued
from subscribers.regions import RegionTree, Relation
from subscribers.sealing import seal, unseal

_PURPOSE = "subscribers.proposals"


@dataclass
class Proposal:
    """A choice of regions to look over. All are codes, in the order in which the link has them."""

    #: What would be chosen.
    chosen: set[str]
    dropped: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    #: What was to be dropped and came with wider regions, which give way to their other parts.
    parted: dict[str, list[str]] = field(default_factory=dict)
    #: What is chosen in place of wider regions, with these.
    instead: dict[str, list[str]] = field(default_factory=dict)
    #: What was to be dropped and stays with wider regions, of which nothing else is offered.
    inseparable: dict[str, list[str]] = field(default_factory=dict)
    #: What was to be dropped and was not chosen: the parts on it come with chosen ones inside.
    through: dict[str, list[str]] = field(default_factory=dict)
    #: What was to be dropped and does not come at all.
    absent: list[str] = field(default_factory=list)
    #: What was to be added and comes already.
    present: list[str] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        return bool(self.dropped or self.added or self.parted)


def sealed(codes: Iterable[str]) -> str:
    """`codes` as a link in a mail names them: nobody reads there what somebody chose."""
    return seal(_PURPOSE, ",".join(codes))


def codes_in(named: str) -> list[str]:
    """The codes that a link names, sealed or written out."""
    with suppress(LinkInvalid):
        named = unseal(_PURPOSE, without_glued(named))
    return [code.strip() for code in named.split(",")]


def propose(
    held: Iterable[str],
    offered: Collection[str],
    tree: RegionTree,
    *,
    without: Iterable[str] = (),
    added: Iterable[str] = (),
) -> Proposal:
    """The choice `held` without the one codes and with the others, of what is `offered`.

    A code that means nothing here is ignored: links in old mail must not fail.
    """
    proposal = Proposal(chosen=set(held))
    for code in dict.fromkeys(without):
        if code in tree:
            _drop(proposal, code, offered, tree)
    for code in dict.fromkeys(added):
        if code in offered and code in tree:
            _add(proposal, code, tree)
    return proposal


def _drop(proposal: Proposal, code: str, offered: Collection[str], tree: RegionTree) -> None:
    wider = _related(proposal.chosen, code, tree, Relation.WITHIN)
    rest = _parts_beside(code, wider, offered, tree)
    if wider and not rest:
        proposal.inseparable[code] = wider
    elif wider:
        proposal.parted[code] = wider
        proposal.chosen.difference_update(wider, [code])
        proposal.chosen.update(rest)
        proposal.instead.update((part, _holding(part, wider, tree)) for part in rest)
    elif code in proposal.chosen:
        proposal.dropped.append(code)
        proposal.chosen.remove(code)
    elif inside := _related(proposal.chosen, code, tree, Relation.WIDER):
        proposal.through[code] = inside
    else:
        proposal.absent.append(code)


def _add(proposal: Proposal, code: str, tree: RegionTree) -> None:
    covered = _related(proposal.chosen, code, tree, Relation.WITHIN)
    if covered or code in proposal.chosen:
        proposal.present.append(code)
    else:
        proposal.added.append(code)
        proposal.chosen.add(code)


def _related(chosen: Iterable[str], named: str, tree: RegionTree, relation: Relation) -> list[str]:
    """Those of `chosen` for whose reader `named` has that `relation`."""
    return sorted(code for code in chosen if tree.relation(code, named) == relation)


def _holding(part: str, wider: Iterable[str], tree: RegionTree) -> list[str]:
    return [holder for holder in wider if tree.relation(holder, part) == Relation.WITHIN]


def _parts_beside(
    code: str, wider: Iterable[str], offered: Iterable[str], tree: RegionTree
) -> set[str]:
    """What is offered inside `wider` and has nothing to do with `code`; the widest of it only."""
    parts = {
        part
        for part in offered
        if tree.relation(code, part) is None and _holding(part, wider, tree)
    }
    return {part for part in parts if not _related(parts, part, tree, Relation.WITHIN)}
