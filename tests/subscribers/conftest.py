from __future__ import annotations

import pytest

from subscribers.models import Publication, Region
from subscribers.services.consenting import Shown
from tests.factories import make_publication, make_region


@pytest.fixture
def kayes(db: None) -> Region:
    return make_region("ML-1", name_en="Kayes")


@pytest.fixture
def segou(db: None) -> Region:
    return make_region("ML-4", name_en="Segou", name_fr="Ségou")


@pytest.fixture
def publication(kayes: Region, segou: Region) -> Publication:
    """It offers Kayes and Segou."""
    return make_publication(regions=[kayes, segou])


@pytest.fixture
def shown() -> Shown:
    return Shown(wording="Yes, send it to me.", language="en", page="/dispatch/")
