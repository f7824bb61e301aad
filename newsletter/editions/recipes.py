"""Recipes: an edition as it is stored, the numbers of its parts and what it says alone.

Where a million readers have a million editions, a recipe is what each of them costs. So it is
compressed, with the recipes of a reader of everything and of one of nothing as the dictionary:
names of regions, and parts in their order, are known from there. Parts that follow each other in
many editions have one number: that of a part which names them.

What a recipe says is never made again: it gives the same bytes whatever the code does by then.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from django.db import connection

from newsletter.editions.compose import Composer
from newsletter.editions.pieces import EditionInPieces
from newsletter.models import Edition, Part, Version
from newsletter.models.among import among
from newsletter.rendering.fragments import Fragment, Piece, Run, flat

#: What stands between subject, HTML and text, and on both sides of a number: no text of ours has
#: these characters.
_BETWEEN, _NUMBER = "\x1f", "\x1e"
#: The number of the dictionary stands first, in so many bytes.
_HEAD = 6
#: Deflate (RFC 1951) without a frame around it, and with little to set up: recipes are short.
#: What is packed looks back so far; unpacking may do so farther, as far as there is.
_WINDOW, _ANY_WINDOW, _MEMORY = -14, -15, 4
#: What stands of an edition whose recipe was forgotten.
_NOTHING = _BETWEEN * 2
#: Letters of parts that one process keeps at hand: some tens of megabytes.
MOST_AT_HAND = 8_000_000


class RecipeWriter:
    """Writes the recipes of editions of one version, and stores the parts that they name."""

    def __init__(self, version: Version, composer: Composer) -> None:
        """`composer` is the one of that version, which composes those editions."""
        self._version = version
        self._composer = composer
        #: How recipes name each run.
        self._names: dict[Run, str] = {}
        #: By the identity of a fragment, which is kept beside it so that it stays one.
        self._fragments: dict[int, tuple[str, Fragment]] = {}
        self._packers: dict[tuple[str, str], _Packer] = {}

    def recipes(self, editions: Collection[EditionInPieces]) -> list[bytes]:
        """The recipe of each of `editions`; what is new among their parts is stored."""
        packers = [self._packer(one.language, one.mail_format) for one in editions]
        try:
            plain = list(map(self._plain, editions))
        except KeyError:
            # Most pieces of a freeze have no run that earlier ones had not.
            self._store(run for edition in editions for run in edition.runs)
            plain = list(map(self._plain, editions))
        return [packer.packed(one) for packer, one in zip(packers, plain, strict=True)]

    def _plain(self, edition: EditionInPieces) -> str:
        html, text = self._named(edition.html_runs), self._named(edition.text_runs)
        return f"{edition.subject}{_BETWEEN}{html}{_BETWEEN}{text}"

    def _named(self, runs: Iterable[Piece]) -> str:
        names = self._names
        return "".join([one if isinstance(one, str) else names[one] for one in runs])

    def _packer(self, language: str, mail_format: str) -> _Packer:
        key = language, mail_format
        if key not in self._packers:
            samples = self._composer.samples(language=language, mail_format=mail_format)
            # Their parts get numbers in the order in which they stand: a row of them repeats.
            for sample in samples:
                self._store(sample.runs)
            words = Fragment("".join(map(self._plain, samples)))
            [number] = self._numbers([words])
            self._packers[key] = _Packer(number, words)
        return self._packers[key]

    def _store(self, runs: Iterable[Run]) -> None:
        """Give each of `runs` its name; one of a single fragment is called as that is."""
        new = dict.fromkeys(run for run in runs if run not in self._names)
        if not new:
            return
        self._store_fragments(piece for run in new for piece in run.fragments)
        self._names |= {run: self._spelled_out(run) for run in new}
        rows = {run: _in_a_row(run, self._names[run]) for run in new if len(run.pieces) > 1}
        numbers = self._numbers(rows.values())
        self._names |= {run: _name(number) for run, number in zip(rows, numbers, strict=True)}

    def _store_fragments(self, fragments: Iterable[Fragment]) -> None:
        new = {id(one): one for one in fragments if id(one) not in self._fragments}
        numbers = self._numbers(new.values())
        named = zip(map(_name, numbers), new.values(), strict=True)
        self._fragments |= dict(zip(new, named, strict=True))

    def _spelled_out(self, run: Run) -> str:
        return "".join(
            self._fragments[id(piece)][0] if isinstance(piece, Fragment) else piece
            for piece in run.pieces
        )

    def _numbers(self, fragments: Collection[Fragment]) -> list[int]:
        """Of each of `fragments`, the number that it is stored by."""
        hashes = list(map(_hash, fragments))
        rows = dict(zip(hashes, map(self._row, hashes, fragments), strict=True))
        Part.objects.bulk_create(rows.values(), batch_size=500, ignore_conflicts=True)
        stored = self._version.parts.filter(content_hash__in=rows)
        numbers = dict(stored.values_list("content_hash", "pk"))
        return [numbers[one] for one in hashes]

    def _row(self, content_hash: str, fragment: Fragment) -> Part:
        part = fragment.part
        return Part(
            version=self._version,
            content_hash=content_hash,
            section=part if isinstance(part, int) else None,
            region=part if isinstance(part, str) else "",
            said=fragment,
        )


class _Packer:
    """Packs recipes in one language and format."""

    def __init__(self, number: int, dictionary: Fragment) -> None:
        self._head = number.to_bytes(_HEAD, "big")
        self._begun = zlib.compressobj(
            6, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, dictionary.encode()
        )

    def packed(self, plain: str) -> bytes:
        # To read the dictionary takes longer than to copy what was made of it.
        packer = self._begun.copy()
        return self._head + packer.compress(plain.encode()) + packer.flush()


def _name(number: int) -> str:
    return f"{_NUMBER}{number}{_NUMBER}"


def _in_a_row(run: Run, names: str) -> Fragment:
    """The part that stands for `run`: it says something of the one that its fragments are of."""
    parts = {fragment.part for fragment in run.fragments} - {None}
    return Fragment(names, parts.pop() if len(parts) == 1 else None)


def _hash(fragment: Fragment) -> str:
    return hashlib.sha256(f"{fragment.part!r} {fragment}".encode()).hexdigest()


class HasRecipe(Protocol):
    """An edition as it is stored."""

    @property
    def key(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def mail_format(self) -> str: ...
    @property
    def recipe(self) -> bytes | memoryview: ...


class RecipeReader:
    """Puts editions together again; it keeps the parts that it read at hand, for they never change.

    One that reads inside a transaction is not used after it: what was rolled back may be
    numbered again.
    """

    def __init__(self) -> None:
        #: By their numbers, as recipes write them.
        self._at_hand: dict[str, Run] = {}
        self._dictionaries: dict[int, bytes] = {}
        self._letters = 0

    def assembled(self, editions: Iterable[HasRecipe]) -> Iterator[EditionInPieces]:
        """`editions` as they were composed, in a few queries for all of them.

        One whose recipe was forgotten has no words.
        """
        editions = list(editions)
        recipes = [bytes(one.recipe) for one in editions]
        dictionaries = self._dictionaries_of(filter(None, recipes))
        plain = [_unpacked(one, dictionaries) if one else _NOTHING for one in recipes]
        for place, edition in enumerate(editions):
            numbers, runs = _numbers_in(plain[place]), self._at_hand
            if not runs.keys() >= numbers:
                # What others name is read with it.
                self._runs(set().union(*map(_numbers_in, plain[place:])))
                runs = self._runs(numbers)
            yield _assembled(edition, plain[place], runs)

    def _dictionaries_of(self, recipes: Iterable[bytes]) -> Mapping[int, bytes]:
        numbers = set(map(_number_of_dictionary, recipes))
        if not numbers <= self._dictionaries.keys():
            read = _read(map(str, numbers))
            self._dictionaries = {int(number): said.encode() for number, said in read.items()}
        return self._dictionaries

    def _runs(self, numbers: set[str]) -> dict[str, Run]:
        """What the parts of those `numbers` stand for."""
        missing = numbers - self._at_hand.keys()
        found = {number: self._at_hand[number] for number in numbers - missing}
        if not missing:
            return found
        read = _read(missing)
        rows = {one: said.split(_NUMBER) for one, said in read.items() if _NUMBER in said}
        named = self._runs({number for row in rows.values() for number in row[1::2]})
        found |= {number: Run(said) for number, said in read.items() if number not in rows}
        found |= {number: Run(*flat(_pieces(row, named))) for number, row in rows.items()}
        self._keep({number: found[number] for number in missing})
        return found

    def _keep(self, runs: Mapping[str, Run]) -> None:
        letters = sum(len(run.pieces[0]) for run in runs.values() if len(run.pieces) == 1)
        if self._letters + letters > MOST_AT_HAND:
            self._at_hand.clear()
            self._letters = 0
        self._at_hand.update(runs)
        self._letters += letters


def _read(numbers: Iterable[str]) -> dict[str, Fragment]:
    rows = Part.objects.filter(pk__in=among(map(int, numbers))).order_by()
    return {
        str(pk): Fragment(said, region or section)
        for pk, said, section, region in rows.values_list("pk", "said", "section", "region")
    }


_committed = RecipeReader()


def assembled(edition: Edition) -> EditionInPieces:
    """`edition` as it was composed; see :meth:`RecipeReader.assembled`."""
    return assembled_each([edition])[edition.pk]


def assembled_each(editions: Iterable[Edition]) -> dict[int, EditionInPieces]:
    """By their ids, `editions` as they were composed."""
    reader = RecipeReader() if connection.in_atomic_block else _committed
    editions = list(editions)
    return dict(zip((one.pk for one in editions), reader.assembled(editions), strict=True))


def _numbers_in(said: str) -> set[str]:
    return set(said.split(_NUMBER)[1::2])


def _assembled(edition: HasRecipe, said: str, runs: Mapping[str, Run]) -> EditionInPieces:
    subject, html, text = said.split(_BETWEEN)
    return EditionInPieces(
        key=edition.key,
        language=edition.language,
        mail_format=edition.mail_format,
        subject=subject,
        html_runs=_pieces(html.split(_NUMBER), runs),
        text_runs=_pieces(text.split(_NUMBER), runs),
    )


def _pieces(cut: list[str], runs: Mapping[str, Run]) -> tuple[Piece, ...]:
    """What was `cut` at the numbers: every other piece of it is one."""
    pieces: list[Piece] = [*cut]
    pieces[1::2] = map(runs.__getitem__, cut[1::2])
    return tuple(filter(None, pieces))


def _number_of_dictionary(recipe: bytes) -> int:
    return int.from_bytes(recipe[:_HEAD], "big")


def _unpacked(recipe: bytes, dictionaries: Mapping[int, bytes]) -> str:
    words = dictionaries[_number_of_dictionary(recipe)]
    unpacker = zlib.decompressobj(_ANY_WINDOW, zdict=words)
    return (unpacker.decompress(recipe[_HEAD:]) + unpacker.flush()).decode()


def subject_of(edition: Edition) -> str:
    """The subject of `edition`; where that was forgotten, what its mailing sent."""
    return assembled(edition).subject or edition.mailing.title
