"""The same words for days on every page: `{{ value|day }}` and `{{ value|moment }}`."""

from __future__ import annotations

from django import template

from subscribers import days

register = template.Library()

register.filter("day", days.day, expects_localtime=True)
register.filter("moment", days.moment, expects_localtime=True)
