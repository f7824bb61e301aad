"""Proof of parts: each is read once, and known to say all of its part of the issue, and no other.

Of an edition it is then enough to know which runs it is made of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_

from newsletter.editions.finding import Finder
from newsletter.editions.numbering import Numbering
from newsletter.editions.pieces import EditionInPieces
from newsletter.editions.selection import PartKey
from newsletter.rendering.fragments import Fragment, Piece, Run, flat
from subscribers.models import MailFormat

#: What a format of an edition says of one part: the fragments that say it, in order.
_Said = tuple[Fragment, ...]
#: Runs whose proof is kept at hand.
MOST_PROOFS = 50_000


class Prover:
    """Proves the parts of one version. Sets of parts are bits, as its `numbering` has them."""

    def __init__(self, finder: Finder, numbering: Numbering) -> None:
        self._finder = finder
        self._numbering = numbering
        self._all = (1 << len(numbering.parts)) - 1
        self._proofs: dict[tuple[str, str], _Proofs] = {}
        self._whole: dict[tuple[str, str, PartKey, _Said], bool] = {}
        self._strange: dict[tuple[str, str, PartKey | None, Fragment], int] = {}

    @property
    def fragments_read(self) -> int:
        """How many fragments were read so far."""
        return len(self._strange)

    def bits_in(self, edition: EditionInPieces) -> int:
        """The parts that `edition` holds by what it is made of.

        One counts if each of its formats has all of it; and any of which a fragment says
        something that is not of it.
        """
        whole, leaked = self._held(edition.language, MailFormat.TEXT, edition.text_runs)
        if edition.mail_format == MailFormat.HTML:
            more, others = self._held(edition.language, MailFormat.HTML, edition.html_runs)
            whole, leaked = whole & more, leaked | others
        return whole | leaked

    def _held(self, language: str, mail_format: str, pieces: Iterable[Piece]) -> tuple[int, int]:
        """What `pieces` say all of, and what they say some of where it does not belong."""
        proofs = self._proofs_in(language, mail_format)
        runs = [one for one in pieces if isinstance(one, Run)]
        together = reduce(or_, map(proofs.__getitem__, runs), 0)
        width = len(self._numbering.parts)
        said, whole = together & self._all, together >> width & self._all
        if said != whole:
            whole = self._whole_in(language, mail_format, flat(runs))
        return whole, together >> 2 * width

    def _proofs_in(self, language: str, mail_format: str) -> _Proofs:
        key = language, mail_format
        if key not in self._proofs:
            self._proofs[key] = _Proofs(lambda run: self._proof(language, mail_format, run))
        return self._proofs[key]

    def _proof(self, language: str, mail_format: str, run: Run) -> int:
        """The parts of which `run` says something, all, and something strange: side by side."""
        width, fragments = len(self._numbering.parts), run.fragments
        said = self._numbering.bits(one.part for one in fragments if one.part is not None)
        whole = self._whole_in(language, mail_format, fragments)
        strange = reduce(or_, (self._leaked(language, mail_format, one) for one in fragments), 0)
        return said | whole << width | strange << 2 * width

    def _whole_in(self, language: str, mail_format: str, pieces: Iterable[str]) -> int:
        """The parts of which `pieces` together say all."""
        said: dict[PartKey, list[Fragment]] = defaultdict(list)
        for piece in pieces:
            if isinstance(piece, Fragment) and piece.part is not None:
                said[piece.part].append(piece)
        return self._numbering.bits(
            part
            for part, fragments in said.items()
            if self._is_whole(language, mail_format, part, tuple(fragments))
        )

    def _is_whole(self, language: str, mail_format: str, part: PartKey, said: _Said) -> bool:
        key = language, mail_format, part, said
        if key not in self._whole:
            self._whole[key] = self._finder.is_whole(part, "".join(said), language, mail_format)
        return self._whole[key]

    def _leaked(self, language: str, mail_format: str, piece: Fragment) -> int:
        key = language, mail_format, piece.part, piece
        if key not in self._strange:
            found = self._finder.traces_beside(piece.part, piece, language, mail_format)
            self._strange[key] = self._numbering.bits(found)
        return self._strange[key]


class _Proofs(dict[Run, int]):
    """The proofs of runs, each made when it is asked for first."""

    def __init__(self, prove: Callable[[Run], int]) -> None:
        super().__init__()
        self._prove = prove

    def __missing__(self, run: Run) -> int:
        if len(self) >= MOST_PROOFS:
            self.clear()
        proof = self[run] = self._prove(run)
        return proof
