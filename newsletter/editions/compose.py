"""The one door for composing: preview, preflight, sending and every other view go through it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import MappingProxyType

from newsletter.editions.content import IssueContent
from newsletter.editions.mapping import map_addresses, map_in_an_email, map_on_a_page
from newsletter.editions.past import Histories, PastIssue, TrendHistory, tracks_of
from newsletter.editions.pieces import EditionInPieces
from newsletter.editions.selection import (
    PartKey,
    Selection,
    Selector,
    concerned,
    corrections_of,
    everything,
)
from newsletter.editions.viewing import Viewing
from newsletter.models import Trend
from newsletter.rendering.fragments import Fragments, Piece
from newsletter.rendering.phrases import in_language
from newsletter.rendering.render import html_runs, text_runs
from newsletter.rendering.sanitize import one_line
from newsletter.rendering.slots import Slot, for_anyone
from newsletter.rendering.view import EditionView
from subscribers.languages import spoken_to
from subscribers.models import MailFormat
from subscribers.regions import RegionTree


@dataclass(frozen=True)
class EditionOrder:
    """All that an edition depends on, and what is known of it before it is composed."""

    selection: Selection
    #: What one of its readers was sent before. From it follows what all of them are told: what
    #: became of their regions since.
    history: str
    told: tuple[TrendHistory, ...]
    language: str
    mail_format: str

    @property
    def has_changes(self) -> bool:
        """Whether a trend in it is not the one that its readers were told last, if any.

        A correction always has one.
        """
        if self.selection.corrected:
            return True
        last = {history.region: history.trends[0] for history in self.told}
        judged = (a for a in self.selection.assessments if a.trend != Trend.NOT_ASSESSED)
        return any(a.trend != last.get(a.region) for a in judged)

    @cached_property
    def key(self) -> str:
        """What it depends on, hashed: readers with the same key get the same bytes."""
        selection = self.selection
        parts = (
            f"{self.language} {self.mail_format}",
            ";".join([one.key for one in selection.sections]),
            ",".join([one.region for one in selection.assessments]),
            ",".join(selection.with_incidents),
            ";".join([one.key for one in self.told]),
            ",".join([repr(one.part) for one in selection.corrected]),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class ComposedEdition(EditionInPieces):
    """One edition, whole, and what can be said of it."""

    order: EditionOrder
    #: Says where its map can be fetched before it is stored.
    find_map: Callable[[Collection[str], str], Mapping[Slot, str]] = field(
        repr=False, compare=False
    )

    @property
    def parts(self) -> tuple[PartKey, ...]:
        """Those of its version that it holds."""
        return self.order.selection.in_order

    @property
    def map_addresses(self) -> Mapping[Slot, str]:
        """Where its map can be fetched, though it was not sent, by slots."""
        return self.find_map(self.regions, spoken_to(self.language))

    @property
    def sections(self) -> tuple[int, ...]:
        """Ids of its sections inside the version, in order."""
        return tuple(part for part in self.parts if isinstance(part, int))

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions it gives a trend for."""
        return tuple(part for part in self.parts if isinstance(part, str))


class Composer:
    """Composes one version for any set of regions.

    What editions share is rendered once, when the first of them is composed: from then on an
    edition costs some ten thousandths of a second.
    """

    def __init__(
        self,
        content: IssueContent,
        tree: RegionTree,
        past: Iterable[PastIssue] = (),
        sent: Mapping[str, Collection[PartKey]] = MappingProxyType({}),
    ) -> None:
        """`past` is what was sent before, oldest first, for readers who are told what changed.

        For a correction, `sent` are the parts that readers were sent, by their history.
        """
        #: What it composes.
        self.content = content
        self._tree = tree
        self._sent = sent
        #: On which the history of a reader says how far they have come.
        self.tracks = tracks_of(content, past)
        self._selector = Selector(content, tree)
        self._histories = Histories(self.tracks)
        #: Those that are of the issue, by language.
        self._subjects: dict[str, str] = {}
        self._languages: dict[str, tuple[Viewing, Fragments]] = {}

    def edition_for(
        self,
        chosen: Collection[str],
        *,
        language: str,
        mail_format: str,
        history: str = "",
    ) -> ComposedEdition:
        """The edition for readers of the regions `chosen` (codes) in that language and format.

        `history` is what they were sent before, as
        :class:`~newsletter.editions.past.Histories` reads it.
        """
        return self.compose(
            self.order_for(chosen, language=language, mail_format=mail_format, history=history)
        )

    def order_for(
        self,
        chosen: Collection[str],
        *,
        language: str,
        mail_format: str,
        history: str = "",
    ) -> EditionOrder:
        """What the edition for those readers is to be: far sooner known than composed."""
        if self.content.is_correction:
            selection = corrections_of(self.content, self._sent.get(history, ()))
        else:
            selection = self._selector.select(chosen)
        told = self._histories.of(history, selection)
        return EditionOrder(selection, history, told, language, mail_format)

    def compose(self, order: EditionOrder) -> ComposedEdition:
        """The edition of that `order`."""
        viewing, fragments = self._in_language(order.language)
        view = viewing.edition(order.selection, order.told, map_in_an_email)
        in_html = order.mail_format == MailFormat.HTML
        with in_language(view.language):
            edition = ComposedEdition(
                key=order.key,
                language=order.language,
                mail_format=order.mail_format,
                subject=self._subject(view, order.language),
                html_runs=html_runs(view, fragments) if in_html else (),
                text_runs=text_runs(view, fragments),
                order=order,
                find_map=self._find_map,
            )
        for pieces in ([edition.subject], edition.html_runs, edition.text_runs):
            # Before anything is sent: a web view that could not be told apart.
            for_anyone(_in_question(pieces))
        return edition

    def samples(self, *, language: str, mail_format: str) -> list[ComposedEdition]:
        """Two editions that between them say nearly all that others say.

        They are those of a reader of no region, and of all.
        """
        content = self.content
        if content.is_correction:
            selections = [everything(content)]
        else:
            selections = [self._selector.select(chosen) for chosen in ((), [*content.regions])]
        orders = (EditionOrder(one, "", (), language, mail_format) for one in selections)
        return list(map(self.compose, orders))

    def concerned(self, codes: Iterable[str]) -> set[str]:
        """Those of the regions `codes` whose readers find something on them."""
        return concerned(self.content, codes, self._tree)

    def limited_to(
        self,
        parts: Collection[PartKey],
        chosen: Collection[str],
        *,
        language: str,
        mail_format: str,
        history: str = "",
    ) -> ComposedEdition:
        """The same edition as if there were no sections and assessments but `parts`.

        It tells those who check an edition what it may say besides them.
        """
        order = self.order_for(chosen, language=language, mail_format=mail_format, history=history)
        return self.compose(replace(order, selection=order.selection.limited_to(parts)))

    def page_for(self, chosen: Collection[str], *, language: str) -> EditionView:
        """The parts on the regions `chosen`, or all if there are none, as values for a page.

        It is for anyone: there is no reader whose own values could stand in it.
        """
        selection = self._selector.select(chosen) if chosen else everything(self.content)
        assessed = [assessment.region for assessment in selection.assessments]
        addresses = self._find_map(assessed, spoken_to(language))
        picture = partial(map_on_a_page, addresses=addresses)
        return Viewing(self.content, language).edition(selection, (), picture)

    def _find_map(self, assessed: Collection[str], language: str) -> Mapping[Slot, str]:
        return map_addresses(assessed, self.content, self._tree, language)

    def _in_language(self, language: str) -> tuple[Viewing, Fragments]:
        if language not in self._languages:
            self._languages[language] = Viewing(self.content, language), Fragments()
        return self._languages[language]

    def _subject(self, view: EditionView, language: str) -> str:
        if self.content.subject_from_regions and (made := view.subject_of_regions):
            return one_line(view.called(made))
        if language not in self._subjects:
            self._subjects[language] = one_line(view.called(view.subject))
        return self._subjects[language]


def _in_question(pieces: Iterable[Piece]) -> str:
    """What `pieces` say, but for runs of which it is known that all in them can be told apart."""
    return "".join(
        [
            one if isinstance(one, str) else one.said
            for one in pieces
            if isinstance(one, str) or not one.stands_alone
        ]
    )
