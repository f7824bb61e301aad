"""Every decision has a number of its own, which its file and its title agree on."""

from __future__ import annotations

from collections import Counter

from django.conf import settings

FOLDER = settings.BASE_DIR / "docs" / "adr"


def test_no_two_decisions_have_one_number() -> None:
    numbers = Counter(file.name[:4] for file in FOLDER.glob("*.md"))

    assert [number for number, times in numbers.items() if times > 1] == []


def test_a_decision_is_titled_by_its_number() -> None:
    wrong = [
        file.name
        for file in FOLDER.glob("*.md")
        if not file.read_text("utf-8").startswith(f"# {int(file.name[:4])}. ")
    ]

    assert wrong == []
