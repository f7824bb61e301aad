"""What earlier releases left is migrated, and goes on: mail, archive and links."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.upgrades import dumps
from tests.upgrades.conftest import KIND
from tests.upgrades.dumps import Dump

pytestmark = pytest.mark.servers


def test_a_site_goes_on_where_its_release_left_it(
    dump: Dump, database: str, tmp_path: Path
) -> None:
    facts = dump.facts
    dumps.restore(dumps.text_of(dump), KIND, database)

    ran = dumps.run(
        "tests.upgrades.going_on",
        str(dump.folder / f"{KIND}.json"),
        database=database,
        var=tmp_path / "var",
        keys=facts["keys"],
    )

    found = json.loads(ran.stdout)
    # The mailing ends, and nobody is missed or mailed twice: who may have been is left alone.
    in_doubt = {reader for reader, state in facts["open"].items() if state == "handed"}
    assert (found["state"], found["balanced"]) == ("finished", True)
    assert set(found["mailed"]) == facts["open"].keys() - in_doubt
    assert len(set(found["mailed"])) == len(found["mailed"])
    assert {r for r, state in found["states"].items() if state == "unknown"} == in_doubt
    assert {r for r, state in found["states"].items() if state == "accepted"} == {
        *found["mailed"],
        *facts["mailed"],
    }
    # The archive shows what was sent, though the desk has it no more.
    a_list, a_page = found["archive"]
    assert "August" in a_list
    assert "Text of Letter" in a_page
    # Every link in an email is still good for what it promised.
    assert set(found["statuses"].values()) == {200}
    assert "Text of Letter" in found["web view"]
    assert found["map"] == "image/png"
    assert len(set(found["ticked"]["preferences"]) - set(found["ticked"]["drop a region"])) == 1
    states = found["subscriptions"]
    assert states["newcomer@example.org"] == "active"
    assert [r for r, state in states.items() if state == "ended"] != []


#: How a database is damaged, and what is said of it.
DAMAGE = {
    "a table is missing": (
        "DROP TABLE subscribers_notice",
        "subscribers_notice should be there, by the migrations that it says it had",
    ),
    "its migrations are not recorded": (
        "DELETE FROM django_migrations WHERE app = 'newsletter'",
        "came by a migration that it does not say it had",
    ),
    "it is newer": (
        (
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('newsletter', '0099_of_the_future', '2030-01-01')"
        ),
        "does not know newsletter.0099_of_the_future",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_database_that_this_code_cannot_go_on_from_is_left_as_it_is(
    todays: Dump, database: str, tmp_path: Path, damage: str
) -> None:
    statement, sentence = DAMAGE[damage]
    dumps.restore(dumps.text_of(todays), KIND, database)
    dumps.restore(f"{statement};", KIND, database)

    ran = dumps.run(
        *("django", "migrate", "--no-input"),
        database=database,
        var=tmp_path / "var",
        keys=dumps.KEYS,
        check=False,
    )

    said = " ".join((ran.stdout + ran.stderr).split())
    assert ran.returncode == 1
    assert sentence in said
    assert not re.search("Traceback|Applying", said)
