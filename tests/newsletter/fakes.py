"""A transport that does as it is told and remembers what it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from newsletter.transports.base import Copy, Handing, Outcome, Parcel, Result, Until


class FakeTransport:
    """Accepts every copy, unless `answer` says otherwise or raises."""

    def __init__(
        self, answer: Callable[[Copy], Outcome] | None = None, *, batch_size: int = 50
    ) -> None:
        self.batch_size = batch_size
        self.parcels: list[Parcel] = []
        self._answer = answer or (lambda copy: Outcome.ACCEPTED)

    @property
    def addresses(self) -> list[str]:
        """Everyone a copy was handed over for, sorted; twice if twice."""
        return sorted(copy.address for parcel in self.parcels for copy in parcel.copies)

    def hand_over(self, parcel: Parcel, *, until: Until) -> Iterator[Handing | Result]:
        self.parcels.append(parcel)
        for copy in parcel.copies:
            yield Handing((copy.delivery_id,))
            said = f"for {copy.address}"
            yield Result(
                copy.delivery_id, self._answer(copy), said, remote_id=f"id of {copy.address}"
            )

    def close(self) -> None:
        pass
