"""Proof of parts: each is read once, and known to say all of its part of the issue, and no other.

Of an edition it is then enough to know which parts it is made of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from newsletter.editions.finding import Finder
from newsletter.editions.pieces import EditionInPieces
from newsletter.editions.selection import PartKey
from newsletter.rendering.fragments import Fragment
from subscribers.models import MailFormat

#: What a format of an edition says of one part: the fragments that say it, in order.
_Said = tuple[Fragment, ...]


class Prover:
    """Proves the parts of one version."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._whole: dict[tuple[str, str, PartKey, _Said], bool] = {}
        #: By the identity of a fragment, which is kept beside it so that it stays one.
        self._strange: dict[tuple[str, str, int], tuple[frozenset[PartKey], Fragment]] = {}

    def parts_in(self, edition: EditionInPieces) -> frozenset[PartKey]:
        """The parts that `edition` holds by what it is made of.

        One counts if each of its formats has all of it; and any of which a fragment says
        something that is not of it.
        """
        formats = [(MailFormat.TEXT.value, edition.text_pieces)]
        if edition.mail_format == MailFormat.HTML:
            formats.append((MailFormat.HTML.value, edition.html_pieces))
        held = [self._held(edition.language, *one) for one in formats]
        return frozenset.intersection(*(whole for whole, _leaked in held)).union(
            *(leaked for _whole, leaked in held)
        )

    def _held(
        self, language: str, mail_format: str, pieces: Iterable[str]
    ) -> tuple[frozenset[PartKey], frozenset[PartKey]]:
        """What `pieces` say all of, and what they say some of where it does not belong."""
        said: dict[PartKey, list[Fragment]] = defaultdict(list)
        leaked: set[PartKey] = set()
        for piece in pieces:
            if isinstance(piece, Fragment):
                if strange := self._leaked(language, mail_format, piece):
                    leaked |= strange
                if piece.part is not None:
                    said[piece.part].append(piece)
        whole = (
            part
            for part, fragments in said.items()
            if self._is_whole(language, mail_format, part, tuple(fragments))
        )
        return frozenset(whole), frozenset(leaked)

    def _is_whole(self, language: str, mail_format: str, part: PartKey, said: _Said) -> bool:
        key = language, mail_format, part, said
        if key not in self._whole:
            self._whole[key] = self._finder.is_whole(part, "".join(said), language, mail_format)
        return self._whole[key]

    def _leaked(self, language: str, mail_format: str, piece: Fragment) -> frozenset[PartKey]:
        key = language, mail_format, id(piece)
        known = self._strange.get(key)
        if known is None:
            found = self._finder.traces_beside(piece.part, piece, language, mail_format)
            known = self._strange[key] = found, piece
        return known[0]
