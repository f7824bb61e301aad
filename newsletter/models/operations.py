"""What workers mind at every step: who else is at work, the lane, and the groups of recipients."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

#: Days after which a warm-up is over: by then it has doubled more often than any list is long.
LONGEST_WARM_UP = 30
#: What goes through in one go where a rate is set: so many seconds' worth, but not fewer than this.
SECONDS_WORTH, SMALLEST = 2, 50


class Worker(models.Model):
    """One life of a process that sends, or rings for those that do: first beat to last.

    A process that was not heard of for a while comes back as another one, for what it held may
    be somebody else's by then.
    """

    host = models.CharField(max_length=253)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(beat_at__gte=models.F("started_at")),
                name="a_worker_beats_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Throttle(models.Model):
    """How much may go through something: what operators allow, and what workers count.

    `rate_limited_until` is the moment at which all that was let through is paid for at `rate`;
    a batch that is let through moves it on by its size. What a day allows is counted in `spent`.
    """

    #: Over all workers; empty is as fast as it goes.
    rate = models.FloatField(_("messages a second"), null=True, blank=True)
    daily_cap = models.PositiveIntegerField(_("messages a day"), null=True, blank=True)
    warm_up_on = models.DateField(_("first day of the warm-up"), null=True, blank=True)
    warm_up_first = models.PositiveIntegerField(
        _("messages on that day"),
        null=True,
        blank=True,
        help_text=_("Twice as many on each day that follows, up to the messages a day above."),
    )
    rate_limited_until = models.DateTimeField(null=True, blank=True, editable=False)
    spent_on = models.DateField(null=True, blank=True, editable=False)
    spent = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rate=None) | models.Q(rate__gt=0),
                name="%(class)s_rate_is_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(daily_cap=None) | models.Q(daily_cap__gt=0),
                name="%(class)s_cap_is_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(warm_up_on=None, warm_up_first=None)
                | models.Q(warm_up_on__isnull=False, warm_up_first__gt=0),
                name="%(class)s_warm_up_has_a_day_and_a_number",
                violation_error_message=_("A warm-up needs its first day, and how many on it."),
            ),
        ]

    def allowance(self, day: date) -> int | None:
        """How many messages may go through on `day` (UTC); None for any number."""
        if self.warm_up_on is None or self.warm_up_first is None:
            return self.daily_cap
        days = min(max((day - self.warm_up_on).days, 0), LONGEST_WARM_UP)
        if days == LONGEST_WARM_UP:
            return self.daily_cap
        ramp: int = self.warm_up_first * 2**days
        return ramp if self.daily_cap is None else min(ramp, self.daily_cap)

    def together(self, most: int, day: date) -> int:
        """How many messages may go through in one go, of `most`: some seconds' worth."""
        paced = most if self.rate is None else max(SMALLEST, int(self.rate * SECONDS_WORTH))
        return min(most, paced, self.allowance(day) or most)

    def spent_by(self, day: date) -> int:
        """How many went through on `day`."""
        return self.spent if self.spent_on == day else 0


class Lane(Throttle):
    """How fast a channel may be used, and whether it works; by the name of the channel.

    `closed_until` is set while the other end does not answer: nobody uses the lane until then,
    and then one batch tries. `concurrency` is how many batches may be on the wire at once
    after the other end asked to be spared; empty is as many as there are workers.
    """

    name = models.CharField(max_length=40, unique=True)
    failures = models.PositiveSmallIntegerField(default=0)
    closed_until = models.DateTimeField(null=True, blank=True)
    concurrency = models.FloatField(null=True, blank=True, editable=False)

    class Meta(Throttle.Meta):
        verbose_name = _("lane")

    def __str__(self) -> str:
        return self.name


class DomainGroup(Throttle):
    """Recipients whose mail one provider receives, by their domains, and what it may be sent.

    Batches hold one group each, so that those of one provider wait without holding up others.
    """

    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta(Throttle.Meta):
        ordering = ("name",)
        verbose_name = _("domain group")
        verbose_name_plural = _("domain groups")

    def __str__(self) -> str:
        return self.name


class MailDomain(models.Model):
    """A domain of addresses, in the group that it belongs to."""

    domain = models.CharField(
        _("domain"), max_length=253, unique=True, help_text=_("Like gmail.com.")
    )
    group = models.ForeignKey(DomainGroup, models.CASCADE, related_name="domains")

    class Meta:
        ordering = ("domain",)
        verbose_name = _("domain")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(domain=Lower("domain")), name="domain_is_in_lower_case"
            )
        ]

    def __str__(self) -> str:
        return self.domain


class RetentionRun(models.Model):
    """When to look next for what has been kept long enough. One row; none is now."""

    due_at = models.DateTimeField()

    class Meta:
        verbose_name = _("round of deletion")
        verbose_name_plural = _("rounds of deletion")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_retention_run")]

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M}"
