from __future__ import annotations

import pytest

from subscribers.models import Publication
from subscribers.services.loading_regions import load_regions
from tests.factories import make_publication


@pytest.fixture
def publication(db: None) -> Publication:
    load_regions()
    return make_publication()
