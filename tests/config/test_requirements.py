"""The lock files agree, so that preparing for tests leaves what `make run` prepared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings


def pins(name: str) -> set[str]:
    text = Path(settings.BASE_DIR, "requirements", f"{name}.txt").read_text()
    return set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("wider", ["dev", "ses"])
def test_everything_that_runs_is_in_the_wider_lock_at_the_same_version(wider: str) -> None:
    assert pins("run") <= pins(wider)
