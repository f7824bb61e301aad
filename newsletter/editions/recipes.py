"""Recipes: an edition as it is stored, the numbers of its parts and what it says alone.

Where a million readers have a million editions, a recipe is what each of them costs. So it is
compressed, with the recipes of a reader of everything and of one of nothing as the dictionary:
names of regions, and parts in their order, are known from there.

What a recipe says is never made again: it gives the same bytes whatever the code does by then.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from django.db import connection

from newsletter.editions.compose import Composer
from newsletter.editions.pieces import EditionInPieces
from newsletter.models import Edition, Part, Version
from newsletter.rendering.fragments import Fragment
from newsletter.rendering.slots import CLOSE, PART

#: What stands between subject, HTML and text: no text of ours has it.
_BETWEEN = "\x1f"
_NUMBER = re.compile(f"{PART}(\\d+){CLOSE}")
#: The number of the dictionary stands first, in so many bytes.
_HEAD = 6
#: Deflate (RFC 1951) without a frame around it, and with little to set up: recipes are short.
_WINDOW, _MEMORY = -15, 4
#: Letters of parts that one process keeps at hand: some tens of megabytes.
MOST_AT_HAND = 8_000_000


class RecipeWriter:
    """Writes the recipes of editions of one version, and stores the parts that they name."""

    def __init__(self, version: Version, composer: Composer) -> None:
        """`composer` is the one of that version, which composes those editions."""
        self._version = version
        self._composer = composer
        #: By the identity of a fragment, which is kept beside it so that it stays one.
        self._numbers: dict[int, tuple[int, Fragment]] = {}
        self._dictionaries: dict[tuple[str, str], tuple[bytes, bytes]] = {}

    def recipes(self, editions: Collection[EditionInPieces]) -> list[bytes]:
        """The recipe of each of `editions`; what is new among their parts is stored."""
        for edition in editions:
            self._dictionary(edition.language, edition.mail_format)
        self._store(fragment for edition in editions for fragment in edition.fragments)
        return [self._compressed(edition) for edition in editions]

    def _compressed(self, edition: EditionInPieces) -> bytes:
        head, dictionary = self._dictionary(edition.language, edition.mail_format)
        packer = zlib.compressobj(
            6, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, dictionary
        )
        return head + packer.compress(self._plain(edition).encode()) + packer.flush()

    def _plain(self, edition: EditionInPieces) -> str:
        html = map(self._named, edition.html_pieces)
        text = map(self._named, edition.text_pieces)
        return _BETWEEN.join([edition.subject, "".join(html), "".join(text)])

    def _named(self, piece: str) -> str:
        if not isinstance(piece, Fragment):
            return piece
        number, _fragment = self._numbers[id(piece)]
        return f"{PART}{number}{CLOSE}"

    def _dictionary(self, language: str, mail_format: str) -> tuple[bytes, bytes]:
        """Its number as recipes begin with it, and its words."""
        key = language, mail_format
        if key not in self._dictionaries:
            samples = self._composer.samples(language=language, mail_format=mail_format)
            # Their parts get numbers in the order in which they stand: a row of them repeats.
            for sample in samples:
                self._store(sample.fragments)
            words = Fragment("".join(map(self._plain, samples)))
            self._store([words])
            number, _fragment = self._numbers[id(words)]
            self._dictionaries[key] = number.to_bytes(_HEAD, "big"), words.encode()
        return self._dictionaries[key]

    def _store(self, fragments: Iterable[Fragment]) -> None:
        new = {id(one): one for one in fragments if id(one) not in self._numbers}
        if not new:
            return
        rows = {_hash(one): self._row(one) for one in new.values()}
        Part.objects.bulk_create(rows.values(), batch_size=500, ignore_conflicts=True)
        stored = self._version.parts.filter(content_hash__in=rows)
        numbers = dict(stored.values_list("content_hash", "pk"))
        for one in new.values():
            self._numbers[id(one)] = numbers[_hash(one)], one

    def _row(self, fragment: Fragment) -> Part:
        part = fragment.part
        return Part(
            version=self._version,
            content_hash=_hash(fragment),
            section=part if isinstance(part, int) else None,
            region=part if isinstance(part, str) else "",
            said=fragment,
        )


def _hash(fragment: Fragment) -> str:
    return hashlib.sha256(f"{fragment.part!r} {fragment}".encode()).hexdigest()


class RecipeReader:
    """Puts editions together again; it keeps the parts that it read at hand, for they never change.

    One that reads inside a transaction is not used after it: what was rolled back may be
    numbered again.
    """

    def __init__(self) -> None:
        self._at_hand: dict[int, Fragment] = {}
        self._letters = 0

    def assembled(self, editions: Iterable[Edition]) -> dict[int, EditionInPieces]:
        """By their ids, `editions` as they were composed, in a few queries for all of them.

        One whose recipe was forgotten has no words.
        """
        editions = list(editions)
        recipes = {one.pk: bytes(one.recipe) for one in editions if one.recipe}
        dictionaries = self._parts(map(_number_of_dictionary, recipes.values()))
        cut = {pk: _cut(_unpacked(recipe, dictionaries)) for pk, recipe in recipes.items()}
        parts = self._parts(number for said in cut.values() for number in said.numbers)
        return {one.pk: _assembled(one, cut.get(one.pk, _NOTHING), parts) for one in editions}

    def _parts(self, numbers: Iterable[int]) -> Mapping[int, Fragment]:
        """The parts of those `numbers`, as the fragments that they were."""
        wanted = set(numbers)
        found = {number: self._at_hand[number] for number in wanted & self._at_hand.keys()}
        if missing := wanted - found.keys():
            read = _read(missing)
            self._keep(read)
            found |= read
        return found

    def _keep(self, parts: Mapping[int, Fragment]) -> None:
        letters = sum(map(len, parts.values()))
        if self._letters + letters > MOST_AT_HAND:
            self._at_hand.clear()
            self._letters = 0
        self._at_hand.update(parts)
        self._letters += letters


def _read(numbers: Iterable[int]) -> dict[int, Fragment]:
    rows = Part.objects.filter(pk__in=numbers).order_by()
    return {
        pk: Fragment(said, region or section)
        for pk, said, section, region in rows.values_list("pk", "said", "section", "region")
    }


_committed = RecipeReader()


def assembled(edition: Edition) -> EditionInPieces:
    """`edition` as it was composed; see :meth:`RecipeReader.assembled`."""
    return assembled_each([edition])[edition.pk]


def assembled_each(editions: Iterable[Edition]) -> dict[int, EditionInPieces]:
    """By their ids, `editions` as they were composed."""
    reader = RecipeReader() if connection.in_atomic_block else _committed
    return reader.assembled(editions)


class _Cut(NamedTuple):
    """What a recipe says, cut at the numbers: every other piece of HTML and text is a number."""

    subject: str
    html: list[str]
    text: list[str]

    @property
    def numbers(self) -> Iterator[int]:
        return map(int, chain(self.html[1::2], self.text[1::2]))


_NOTHING = _Cut("", [], [])


def _cut(plain: str) -> _Cut:
    subject, html, text = plain.split(_BETWEEN)
    return _Cut(subject, _NUMBER.split(html), _NUMBER.split(text))


def _assembled(edition: Edition, said: _Cut, parts: Mapping[int, Fragment]) -> EditionInPieces:
    return EditionInPieces(
        key=edition.key,
        language=edition.language,
        mail_format=edition.mail_format,
        subject=said.subject,
        html_pieces=_pieces(said.html, parts),
        text_pieces=_pieces(said.text, parts),
    )


def _pieces(cut: list[str], parts: Mapping[int, Fragment]) -> tuple[str, ...]:
    pieces: list[str] = [*cut]
    pieces[1::2] = [parts[int(number)] for number in cut[1::2]]
    return tuple(filter(None, pieces))


def _number_of_dictionary(recipe: bytes) -> int:
    return int.from_bytes(recipe[:_HEAD], "big")


def _unpacked(recipe: bytes, dictionaries: Mapping[int, Fragment]) -> str:
    words = dictionaries[_number_of_dictionary(recipe)].encode()
    unpacker = zlib.decompressobj(_WINDOW, zdict=words)
    return (unpacker.decompress(recipe[_HEAD:]) + unpacker.flush()).decode()


def subject_of(edition: Edition) -> str:
    """The subject of `edition`; where that was forgotten, what its mailing sent."""
    return assembled(edition).subject or edition.mailing.title
