"""A link in a mail that proposes another choice of regions, and the words for what it would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from subscribers.collation import in_order
from subscribers.listing import listed
from subscribers.models import Level, Region
from subscribers.proposals import Proposal, codes_in, propose
from subscribers.regions import RegionTree


class ShownProposal:
    """A proposal as the page shows it, in the language that is active."""

    def __init__(self, proposal: Proposal, tree: RegionTree) -> None:
        self._proposal = proposal
        self._tree = tree
        self._language = get_language() or "en"

    @property
    def ticked(self) -> list[str]:
        return sorted(self._proposal.chosen)

    def levels(self, held: Mapping[str, Level]) -> dict[str, Level]:
        """How much is wanted of each region, by its code: of what is `held`, as much as now.

        What is chosen in place of a wider region comes as that did.
        """
        levels = dict(held)
        for code, wider in self._proposal.instead.items():
            found = {held[holder] for holder in wider}
            levels[code] = found.pop() if len(found) == 1 else Level.ALL
        return levels

    @property
    def can_be_saved(self) -> bool:
        """Whether saving the page as it comes changes something."""
        return self._proposal.changes and not self.leaves_nothing

    @property
    def leaves_nothing(self) -> bool:
        """Whether no region is left: then the reader may want to unsubscribe."""
        return not self._proposal.chosen

    @property
    def sentences(self) -> list[str]:
        """What the link would do, and why it does not do what it says; nothing if it is empty."""
        if self.leaves_nothing:
            dropped = self._names(self._proposal.dropped)
            return [gettext("You get only %(dropped)s.") % {"dropped": dropped}]
        about = (*self._about_what_goes_with_others(), *self._about_what_changes_nothing())
        return [sentence for sentence in (*about, self._change()) if sentence]

    def _change(self) -> str:
        proposal = self._proposal
        values = {
            "dropped": self._names([*proposal.dropped, *proposal.parted]),
            "added": self._names(proposal.added),
        }
        if values["dropped"] and values["added"]:
            text = gettext("You are about to drop %(dropped)s and add %(added)s. Save to confirm.")
        elif values["dropped"]:
            text = gettext("You are about to drop %(dropped)s and keep the rest. Save to confirm.")
        elif values["added"]:
            text = gettext("You are about to add %(added)s. Save to confirm.")
        else:
            return ""
        return text % values

    def _about_what_goes_with_others(self) -> Iterator[str]:
        for code, wider in self._proposal.parted.items():
            yield gettext(
                "You get %(region)s as part of %(wider)s. Instead of %(wider)s, its other "
                "regions are ticked below."
            ) % {"region": self._names([code]), "wider": self._names(wider)}
        for code, wider in self._proposal.inseparable.items():
            yield gettext(
                "You get %(region)s as part of %(wider)s, so it cannot be dropped alone. Untick"
                " %(wider)s to drop both."
            ) % {"region": self._names([code]), "wider": self._names(wider)}
        for code, inside in self._proposal.through.items():
            yield gettext(
                "You get parts on %(region)s because you chose %(inside)s; they cannot be "
                "dropped alone."
            ) % {"region": self._names([code]), "inside": self._names(inside)}

    def _about_what_changes_nothing(self) -> Iterator[str]:
        if absent := self._names(self._proposal.absent):
            yield gettext("You do not get %(regions)s: there is nothing to drop.") % {
                "regions": absent
            }
        if present := self._names(self._proposal.present):
            yield gettext("You get %(regions)s already.") % {"regions": present}

    def _names(self, codes: Iterable[str]) -> str:
        names = in_order(self._tree.name(code, self._language) for code in codes)
        return listed(names)


def proposal_in(
    request: HttpRequest, held: Iterable[Region], offered: Iterable[Region]
) -> ShownProposal | None:
    """What the address of `request` proposes with `?without=` or `?with=`, if anything.

    Mail is forwarded and scanned: what is proposed is only shown, and saved by who presses
    the button.
    """
    without, added = _codes(request, "without"), _codes(request, "with")
    if not without and not added:
        return None
    theirs, to_be_had = ({region.code for region in regions} for regions in (held, offered))
    tree = RegionTree.around({*theirs, *to_be_had, *without, *added})
    proposal = propose(
        theirs,
        to_be_had,
        tree,
        without=without,
        added=added,
    )
    return ShownProposal(proposal, tree)


def codes_proposed(request: HttpRequest) -> list[str]:
    """The regions that the address of `request` names."""
    return [*_codes(request, "without"), *_codes(request, "with")]


def _codes(request: HttpRequest, name: str) -> list[str]:
    return [code for value in request.GET.getlist(name) for code in codes_in(value)]
