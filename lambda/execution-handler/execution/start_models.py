"""What a start asks for, and what it answers."""

import hashlib
import json
from typing import Annotated

from pydantic import AliasChoices, Field

from execution.overrides import Override
from shared.models.base import Instant, Model
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType
from shared.models.finding import Finding
from shared.models.point_in_time import LATEST, PointInTime, show_point_in_time
from shared.models.targets import AccountId, Region
from shared.services.request_fields import ClientToken, PlanId, Reason


class StartExecution(Model):
    """A start; the PascalCase names are what callers of the operations guide send.

    `account_id` and `region` change nothing: where they are given, the plan must use them. `override` is what the
    operator takes upon himself: when a data centre is lost, its servers no longer replicate, and their last points in
    time are what there is to recover; and a server that is younger than `point_in_time` fails alone.
    """

    plan_id: Annotated[PlanId, Field(validation_alias=AliasChoices("planId", "PlanId"))]
    execution_type: Annotated[ExecutionType, Field(validation_alias=AliasChoices("executionType", "ExecutionType"))]
    account_id: Annotated[AccountId | None, Field(validation_alias=AliasChoices("accountId", "AccountId"))] = None
    region: Annotated[Region | None, Field(validation_alias=AliasChoices("region", "Region"))] = None
    reason: Reason = ""
    point_in_time: PointInTime = None
    override: Override | None = None
    client_token: ClientToken | None = None
    dry_run: bool = False

    @property
    def fingerprint(self) -> str:
        """The same for the same request, whatever its client token, and in whatever zone its instant is given."""
        # without one it is the fingerprint of a version that knew of none: a token outlives an update
        unsaid = {name for name in ("point_in_time", "override") if getattr(self, name) is None}
        meaning = self.model_dump(mode="json", exclude={"client_token", "dry_run", *unsaid})
        return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()


class StartedExecution(Model):
    """The answer to a start; of a dry run there is neither an execution nor a status."""

    execution_id: str | None = None
    plan_id: str
    plan_name: str
    execution_type: ExecutionType
    status: ExecutionStatus | None = None
    started_at: Instant | None = None
    initiated_by: str | None = None
    point_in_time: str = LATEST
    wave_count: int
    server_count: int
    dry_run: bool = False
    can_start: bool = True
    findings: tuple[Finding, ...] = ()


def started(header: ExecutionHeader, findings: tuple[Finding, ...] = ()) -> StartedExecution:
    """The answer for an execution that waits for its first step."""
    return StartedExecution(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        plan_name=header.plan_name,
        execution_type=header.execution_type,
        status=header.status,
        started_at=header.started_at,
        initiated_by=header.initiated_by,
        point_in_time=show_point_in_time(header.point_in_time),
        wave_count=header.wave_count,
        server_count=header.server_count,
        findings=findings,
    )
