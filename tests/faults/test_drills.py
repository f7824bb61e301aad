"""The drills in their short form: nothing lost, nothing repeated, whatever is killed."""

from __future__ import annotations

import pytest

from tests.faults.__main__ import in_a_child

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(("drill", "readers"), [("sigkill", 400), ("postgres-kill", 300)])
def test_ledger_and_sink_agree_whatever_goes_wrong(drill: str, readers: int) -> None:
    [row] = in_a_child(drill, N=str(readers), SEED="1")

    assert row.ok, row.complaints
    assert (row.lost, row.duplicated, row.wrong) == (0, 0, 0)
