"""CloudWatch: how the alarms are that a plan names."""

from collections.abc import Sequence
from typing import Any, Final

from shared.aws.calls import read
from shared.cross_account import AccountSession, Sessions
from shared.models.checks_seen import AlarmReading
from shared.models.targets import Target
from shared.patience import patient

NAMES_PER_CALL: Final = 100
"""DescribeAlarms takes 100 names and answers 100 alarms a page (CloudWatch API reference)."""


class CloudWatchGateway:
    """CloudWatch in any account and region, in sessions named after a purpose."""

    def __init__(self, sessions: Sessions, purpose: str = "drs-orchestration") -> None:
        self._sessions = sessions
        self._purpose = purpose

    def named(self, purpose: str) -> "CloudWatchGateway":
        """The same gateway for another purpose."""
        return CloudWatchGateway(self._sessions, purpose)

    def alarms(self, target: Target, names: Sequence[str]) -> tuple[AlarmReading, ...]:
        """The named alarms that exist, metric alarms and composite ones; unknown names are left out."""

        def listed(session: AccountSession) -> tuple[AlarmReading, ...]:
            pages = patient(session.client("cloudwatch", target.region)).get_paginator("describe_alarms")
            slices = [list(names[start : start + NAMES_PER_CALL]) for start in range(0, len(names), NAMES_PER_CALL)]
            return tuple(
                _reading(alarm)
                for part in slices
                for page in pages.paginate(AlarmNames=part, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
                for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))
            )

        return read(self._sessions, self._purpose, target, "DescribeAlarms", listed)


def _reading(alarm: dict[str, Any]) -> AlarmReading:
    return AlarmReading(alarm["AlarmName"], alarm["StateValue"], alarm.get("StateReason", ""))
