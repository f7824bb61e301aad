from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from subscribers.macs import Mac


@given(st.binary(max_size=200), st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_it_is_what_the_standard_library_makes(key: bytes, messages: list[bytes]) -> None:
    mac = Mac(key)

    made = [mac.of(message) for message in messages]

    assert made == [hmac.digest(key, message, "sha256") for message in messages]
