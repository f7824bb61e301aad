"""What tells a person from a program that fills in forms, without asking anything of the person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.core.signing import BadSignature, TimestampSigner
from django.utils.translation import gettext_lazy as _

#: Nobody reads a form, types an address and ticks a region in less.
QUICKEST = timedelta(seconds=2)
SLOWEST = timedelta(days=1)

_signer = TimestampSigner(salt="subscribers.sign-up-form")


class RobotCheck(forms.Form):
    """A field that no person sees, and a signed note of when the form was shown.

    `name` tells one form from another: a note that was made for one is good for no other.
    """

    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, name: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self._name = name

    @property
    def in_the_trap(self) -> bool:
        """Whether the unseen field was filled in."""
        return bool(self.data.get("website"))

    @property
    def took_its_time(self) -> bool:
        """Whether the form came back neither quicker than a person can nor much later."""
        return self._shown_within(SLOWEST) and not self._shown_within(QUICKEST)

    def again(self) -> RobotCheck:
        """The fields for the form to be shown: from when it was shown first, if that is known."""
        stamp = self.data.get("stamp", "")
        fresh = RobotCheck(self._name)
        fresh.initial["stamp"] = stamp if self._shown_within(SLOWEST) else _signer.sign(self._name)
        return fresh

    def _shown_within(self, age: timedelta) -> bool:
        try:
            return _signer.unsign(str(self.data.get("stamp", "")), max_age=age) == self._name
        except BadSignature:
            return False
