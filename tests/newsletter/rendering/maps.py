"""Maps for tests: that of the sample issue, and one of a single region."""

from __future__ import annotations

from newsletter.rendering.maps import Map, Marked

KAYES = Marked("Kayes", "decreased", ("ML-1",))
SIX = Map(
    (
        KAYES,
        Marked("Koulikoro", "increased", ("ML-2",)),
        Marked("Sikasso", "decreased", ("ML-3",)),
        Marked("Segou", "increased", ("ML-4",)),
        Marked("Timbuktu", "increased", ("ML-6",)),
        Marked("Taoudenni", "increased", ("ML-10",)),
    ),
    "en",
)
ONE = Map((KAYES,), "en")
