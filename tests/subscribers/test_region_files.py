"""Files of regions that are no tree of regions: a sentence says what and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from subscribers.models import Region, RegionOrigin, RegionSpelling
from subscribers.models.fields import one_line
from subscribers.services.loading_regions import load_regions
from tests.regions import WEST_AFRICA

pytestmark = pytest.mark.django_db

WORLD = {"code": "001", "kind": "world", "names": {"en": "World"}}
EUROPE = {"code": "150", "kind": "subregion", "parent": "001", "names": {"en": "Europe"}}
MALTA = {"code": "MT", "kind": "country", "parent": "150", "names": {"en": "Malta"}}

GROUP = {"code": "x-A", "kind": "group", "parent": "001", "names": {"en": "Both"}}


def file_of(folder: Path, *lines: dict[str, Any] | str) -> Path:
    file = folder / "own.jsonl"
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text("\n".join(texts), "utf-8")
    return file


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([WORLD, EUROPE, EUROPE], "150 stands twice: own.jsonl, line 2 and own.jsonl, line 3."),
        (
            [WORLD, {**EUROPE, "parent": "151"}, {**EUROPE, "code": "151", "parent": "150"}],
            "own.jsonl, line 2: 150 › 151 › 150 lie in each other, in a circle.",
        ),
        (
            [WORLD, {**EUROPE, "parent": "150"}],
            "own.jsonl, line 2: 150 › 150 lie in each other, in a circle.",
        ),
        (
            [WORLD, {**GROUP, "members": ["x-B"]}, {**GROUP, "code": "x-B", "members": ["x-A"]}],
            "own.jsonl, line 2: x-A › x-B › x-A lie in each other, in a circle.",
        ),
        (
            [{**WORLD, "code": "the world"}],
            "own.jsonl, line 1: A code has letters, digits and hyphens, like ML-1.",
        ),
        (
            [WORLD, {**EUROPE, "parent": "MT"}, {**MALTA, "parent": "150"}],
            "own.jsonl, line 2: 150 cannot lie in MT, which stands no higher in the tree.",
        ),
        ([WORLD, MALTA], "own.jsonl, line 2: MT lies in 150, which is not known."),
        (
            [WORLD, {**EUROPE, "members": ["XX"]}],
            "own.jsonl, line 2: 150 names XX, which is not known.",
        ),
        (
            [WORLD, {"code": "150", "kind": "subregion", "names": {"en": "Europe"}}],
            "own.jsonl, line 2: 150 has to lie in another region; only the world lies in none.",
        ),
        ([WORLD, {**WORLD, "code": "002"}], "own.jsonl, line 1: There is a world already."),
        ([WORLD, "", "{"], "own.jsonl, line 3: This is not JSON."),
        (["[]"], "own.jsonl, line 1: A region needs a code, a kind and names."),
        ([{**WORLD, "kind": "planet"}], "own.jsonl, line 1: “planet” is not a kind of region."),
        (
            [{**WORLD, "names": {"fr": "Monde"}}],
            "own.jsonl, line 1: Write the name in English: it stands in for other languages.",
        ),
        (
            [{**WORLD, "names": {"en": "World", "Klingon!": "qo’"}}],
            "own.jsonl, line 1: “Klingon!” is not a language tag.",
        ),
        (
            [{**WORLD, "names": {"en": "World\u202e"}}],
            "own.jsonl, line 1: " + str(one_line.message),
        ),
        ([{**WORLD, "aliases": ["\ud800"]}], "own.jsonl, line 1: " + str(one_line.message)),
        ([{**WORLD, "aliases": ["a\0"]}], "own.jsonl, line 1: " + str(one_line.message)),
        (["[" * 200_000], "own.jsonl, line 1: This is not JSON."),
        (
            [WORLD, {**EUROPE, "parent": ["001"]}],
            "own.jsonl, line 2: 150 lies in ['001'], which is not known.",
        ),
        (
            [WORLD, {**EUROPE, "parent": "001", "members": ["001"]}],
            "own.jsonl, line 2: Only a named group has members.",
        ),
        (
            [WORLD, {**EUROPE, "kind": "group", "parent": "001"}],
            "own.jsonl, line 2: Choose the members of the group.",
        ),
        ([{**WORLD, "aliases": ["’"]}], "own.jsonl, line 1: “’” cannot be searched for."),
        ([{**WORLD, "aliases": "Earth"}], "own.jsonl, line 1: “aliases” is a list of texts."),
        (
            [{**WORLD, "valid_from": "2024-09-24", "valid_to": "2024-09-24"}],
            "own.jsonl, line 1: It ends before it begins.",
        ),
        (
            [{**WORLD, "valid_from": "24.9.2024"}],
            "own.jsonl, line 1: Write the days of its validity like 2024-09-24.",
        ),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence_and_nothing_is_stored(
    tmp_path: Path, lines: list[Any], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("load_regions", file_of(tmp_path, *lines))

    assert str(refused.value) == sentence
    assert not Region.objects.exists()


def test_a_file_that_is_not_there_is_a_sentence_too(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="The file cannot be read"):
        call_command("load_regions", tmp_path / "none.jsonl")


def test_regions_of_ones_own_hang_below_those_that_are_there(tmp_path: Path) -> None:
    load_regions(WEST_AFRICA)
    town = {"code": "x-TOWN", "kind": "admin2", "parent": "ML-9", "names": {"en": "Menaka"}}

    load_regions([file_of(tmp_path, town)], RegionOrigin.STAFF)

    stored = Region.objects.get(code="x-TOWN")
    assert stored.parent
    assert (stored.parent.code, stored.origin) == ("ML-9", RegionOrigin.STAFF)


def test_a_region_that_comes_with_the_service_is_not_overwritten_by_a_file(
    tmp_path: Path,
) -> None:
    load_regions(WEST_AFRICA)
    mine = {"code": "ML-9", "kind": "admin1", "parent": "ML", "names": {"en": "Mine"}}

    with pytest.raises(CommandError, match="ML-9 comes with the service"):
        call_command("load_regions", file_of(tmp_path, mine))

    assert Region.objects.get(code="ML-9").name_in("en") == "Menaka"


def test_a_region_of_staff_stays_theirs_when_the_service_comes_to_have_its_code(
    tmp_path: Path,
) -> None:
    own = file_of(tmp_path, WORLD, EUROPE, MALTA)
    load_regions([own], RegionOrigin.STAFF)

    load_regions([file_of(tmp_path, WORLD, EUROPE, {**MALTA, "names": {"en": "Melita"}})])

    assert Region.objects.get(code="MT").name_in("en") == "Malta"


# What staff changed


@pytest.fixture
def kayes() -> Region:
    load_regions(WEST_AFRICA)
    return Region.objects.get(code="ML-1")


def test_a_name_that_staff_changed_stays_and_new_languages_come_beside_it(kayes: Region) -> None:
    kayes.names, kayes.mended = {"en": "Khasso"}, ["names.en", "names.fr"]
    kayes.save()

    load_regions(WEST_AFRICA)

    kayes.refresh_from_db()
    assert kayes.names == {"en": "Khasso", "ar": "كاي"}
    assert RegionSpelling.objects.filter(region=kayes, folded="khasso").exists()


def test_a_parent_and_a_validity_that_staff_changed_stay(kayes: Region) -> None:
    senegal = Region.objects.get(code="SN")
    kayes.parent, kayes.mended = senegal, ["parent"]
    kayes.save()

    load_regions(WEST_AFRICA)

    kayes.refresh_from_db()
    assert kayes.parent == senegal


def test_a_spelling_that_staff_took_away_stays_away(kayes: Region) -> None:
    kayes.spellings.get(text="Région de Kayes").delete()
    Region.objects.filter(pk=kayes.pk).update(mended=["aliases"])

    load_regions(WEST_AFRICA)

    assert not kayes.spellings.filter(text="Région de Kayes").exists()


def test_a_spelling_that_newer_files_do_not_have_goes(kayes: Region) -> None:
    kayes.spellings.create(text="Kaies", origin="shipped")

    load_regions(WEST_AFRICA)

    assert not kayes.spellings.filter(text="Kaies").exists()


def test_members_that_staff_changed_stay(kayes: Region) -> None:
    group = Region.objects.get(code="x-WESTERN-MALI")
    group.members.remove(kayes)
    Region.objects.filter(pk=group.pk).update(mended=["members"])

    load_regions(WEST_AFRICA)

    assert kayes not in group.members.all()


def test_a_file_that_is_no_text_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_bytes("é".encode("latin-1"))

    with pytest.raises(CommandError, match=r"^own.jsonl: This file is not text in UTF-8\.$"):
        call_command("load_regions", file)
