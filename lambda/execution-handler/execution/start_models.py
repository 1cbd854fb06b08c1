"""What a start asks for, and what it answers."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, StringConstraints

from shared.models.base import Instant, Model
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType
from shared.models.finding import Finding, FindingCode
from shared.models.targets import AccountId, Region
from shared.services.execution_fields import PlanId, Reason


class StartExecution(Model):
    """A start; the PascalCase names are what callers of the operations guide send.

    `account_id` and `region` change nothing: where they are given, the plan must use them. `accept_findings` names
    errors that the operator takes upon himself: when a data centre is lost, its servers no longer replicate, and their
    last points in time are what there is to recover.
    """

    plan_id: Annotated[PlanId, Field(validation_alias=AliasChoices("planId", "PlanId"))]
    execution_type: Annotated[ExecutionType, Field(validation_alias=AliasChoices("executionType", "ExecutionType"))]
    account_id: Annotated[AccountId | None, Field(validation_alias=AliasChoices("accountId", "AccountId"))] = None
    region: Annotated[Region | None, Field(validation_alias=AliasChoices("region", "Region"))] = None
    reason: Reason = ""
    accept_findings: tuple[Literal[FindingCode.SERVER_NOT_REPLICATING], ...] = ()
    client_token: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")] | None = None
    dry_run: bool = False

    @property
    def fingerprint(self) -> str:
        """The same for the same request, whatever its client token."""
        meaning = self.model_dump(mode="json", exclude={"client_token", "dry_run"})
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
        wave_count=header.wave_count,
        server_count=header.server_count,
        findings=findings,
    )
