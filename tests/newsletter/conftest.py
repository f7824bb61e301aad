from __future__ import annotations

import pytest

from subscribers.models import Publication
from tests.factories import make_publication
from tests.regions import load_regions


@pytest.fixture
def publication(db: None) -> Publication:
    load_regions()
    return make_publication()
