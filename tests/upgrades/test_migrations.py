from __future__ import annotations

from tests.upgrades import migrations
from tests.upgrades.dumps import STORED


def test_migrations_of_a_release_stay_as_they_went_out() -> None:
    """A database that had them would never get what is changed in them."""
    here = migrations.hashes()
    released = dict(migrations.released(STORED))

    assert released
    for release, went_out in released.items():
        changed = [path for path, digest in went_out.items() if here.get(path) != digest]
        assert changed == [], f"{release} went out with others: write a new migration instead"
