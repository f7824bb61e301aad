"""Content as it is stored: read again as it was, and known by what it says."""

from __future__ import annotations

import json
from dataclasses import fields, make_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editions.compose import Composer
from newsletter.editions.content import IncidentContent, IssueContent
from newsletter.editions.stored import _plain, content_hash, from_json, to_json
from newsletter.editions.upgrading import SCHEMA, StoredByNewerCode
from subscribers.models.texts import Texts
from tests.newsletter.editions.content import TREE, incident, issue, section
from tests.newsletter.parts import changed, en

#: Content as each schema stored it.
STORED = Path(__file__).parent / "stored"


def stored(schema: int) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads((STORED / f"schema_{schema}.json").read_text("utf-8"))
    return plain


def test_content_survives_its_json_form() -> None:
    content = issue(section(1), section(2, "ML-1", incidents=(incident(7),)), assessed=("ML-1",))

    assert from_json(json.loads(json.dumps(to_json(content)))) == content


def test_equal_content_has_one_hash_and_other_content_another() -> None:
    one, same, other = issue(section(1)), issue(section(1)), issue(section(2))

    assert content_hash(one) == content_hash(same) != content_hash(other)


def test_a_translation_more_is_other_content() -> None:
    one = changed(section(1), title=en("Title"))

    assert content_hash(issue(one)) != content_hash(
        issue(changed(one, title=en("Title", fr="Titre")))
    )


def test_which_text_is_the_original_is_content() -> None:
    there, back = Texts({"en": "Title", "fr": "Titre"}), Texts({"fr": "Titre", "en": "Title"})

    assert content_hash(issue(title=there)) != content_hash(issue(title=back))


def test_nobody_killed_is_not_the_same_as_nothing_known() -> None:
    known, unknown = (changed(incident(1), toll_low=toll) for toll in (0, None))

    of_known = content_hash(issue(section(1, incidents=(known,))))
    assert of_known != content_hash(issue(section(1, incidents=(unknown,))))


@given(
    st.sampled_from(["", None, False, (), Texts()]),
    st.from_regex(r"added_[a-z_]{1,20}", fullmatch=True),
)
def test_a_field_that_is_added_empty_moves_no_hash(empty: object, name: str) -> None:
    """As long as nobody fills it, what a release with that field stores is the same."""
    later: Any = make_dataclass(
        "Later", [(name, object)], bases=(IncidentContent,), kw_only=True, frozen=True
    )
    before = incident(1)
    values = {field.name: getattr(before, field.name) for field in fields(before)}

    after = later(**values, **{name: empty})

    assert _plain(after) == _plain(before)
    assert content_hash(issue(section(1, incidents=(after,)))) == content_hash(
        issue(section(1, incidents=(before,)))
    )


@given(st.integers(1, 9), st.booleans(), st.sampled_from([(), ("ML-1",)]))
def test_whatever_is_empty_is_read_as_empty(number: int, dated: bool, regions: tuple[str]) -> None:
    told = changed(incident(number), actor1="", place="", regions=regions)
    content = issue(section(1, *regions, incidents=(told,)), subject_from_regions=dated)

    assert from_json(to_json(content)) == content


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_content_of_every_schema_is_read_and_composed(schema: int) -> None:
    content = from_json(stored(schema))

    edition = Composer(content, TREE).edition_for(["ML-1"], language="fr", mail_format="html")

    assert content.title == Texts({"en": "Western Mali", "fr": "Ouest du Mali"})
    for part in (edition.html, edition.text):
        assert "Corps de la lettre." in part
        assert "la CMA" in part
        assert "Raison donnée." in part


def test_all_schemas_hold_the_same() -> None:
    """The examples say the same, so that each upgrade is checked to the last field."""
    read = [from_json(stored(schema)) for schema in range(1, SCHEMA + 1)]

    assert all(content == read[-1] for content in read)


def test_content_of_today_is_stored_as_its_example_says() -> None:
    plain = stored(SCHEMA)

    assert to_json(from_json(plain)) == plain


def test_content_of_a_newer_release_is_refused_with_a_sentence() -> None:
    with pytest.raises(StoredByNewerCode, match="stored by a newer release"):
        from_json({**stored(SCHEMA), "schema": SCHEMA + 1})


def test_content_without_what_is_never_empty_is_refused() -> None:
    plain = stored(SCHEMA)
    del plain["dated"]

    with pytest.raises(KeyError, match="dated"):
        from_json(plain)


def test_a_regions_name_in_a_language_that_it_has_none_in_is_the_english_one() -> None:
    content: IssueContent = from_json(stored(SCHEMA))

    names = [content.regions["ML-1"].in_language(tag) for tag in ("fr", "fr-CA", "ar")]

    assert names == ["Kayes en français", "Kayes en français", "Kayes"]
