"""The simulator's control path, asked over HTTP as from another process: its record is the oracle."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from local.drs_simulator.control import PREFIX
from shared.models.targets import Target

LAUNCH_TAG: Final = "DRSOrchestration:launchId"
EXECUTION_TAG: Final = "DRSOrchestration:executionId"


@dataclass(frozen=True)
class RecordedJob:
    """A launch job as DRS carried it out; `ended` is None while it runs."""

    job_id: str
    target: Target
    servers: frozenset[str]
    tags: Mapping[str, str]
    created: datetime
    ended: datetime | None

    def ran_together_with(self, other: "RecordedJob") -> bool:
        """Whether both, having ended, ran at one moment."""
        assert self.ended is not None and other.ended is not None, "only jobs that have ended can be compared"
        return self.created < other.ended and other.created < self.ended


@dataclass(frozen=True)
class Simulated:
    """The DRS of a running system."""

    url: str

    def record(self) -> list[dict[str, Any]]:
        """Every call and effect so far."""
        entries: list[dict[str, Any]] = self._ask("GET", "record")["entries"]
        return entries

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """Every call of one operation."""
        return [entry for entry in self.record() if entry["type"] == "call" and entry["operation"] == operation]

    def effects(self, kind: str) -> list[dict[str, Any]]:
        """Everything of that kind that became true."""
        return [entry for entry in self.record() if entry["type"] == "effect" and entry["kind"] == kind]

    def jobs(self) -> list[RecordedJob]:
        """Every launch job, whoever started it, in the order of creation."""
        record = [entry for entry in self.record() if entry["type"] == "effect"]
        ends = {entry["jobId"]: entry["time"] for entry in record if entry["kind"] == "jobEnded"}
        return [
            _job(entry, ends.get(entry["jobId"]))
            for entry in record
            if entry["kind"] == "jobCreated" and entry["detail"]["type"] == "LAUNCH"
        ]

    def jobs_of(self, execution_id: str) -> list[RecordedJob]:
        """The launch jobs that carry the execution's tag."""
        return [job for job in self.jobs() if job.tags.get(EXECUTION_TAG) == execution_id]

    def job_with(self, server_id: str) -> RecordedJob:
        """The one launch job that has the server."""
        (job,) = (job for job in self.jobs() if server_id in job.servers)
        return job

    def instances_of(self, execution_id: str) -> dict[Target, set[str]]:
        """Every instance that the execution's jobs launched, gone or not."""
        jobs = {job.job_id for job in self.jobs_of(execution_id)}
        found: dict[Target, set[str]] = {}
        for entry in self.effects("instanceLaunched"):
            if entry["jobId"] in jobs:
                found.setdefault(_target(entry), set()).add(entry["instanceId"])
        return found

    def asked_to_terminate(self) -> list[str]:
        """Every instance that any call of TerminateRecoveryInstances named, as often as it was named."""
        return [
            instance
            for call in self.calls("TerminateRecoveryInstances")
            for instance in call["parameters"]["recoveryInstanceIDs"]
        ]

    def protect(self, target: Target, *hostnames: str, **fields: Any) -> list[str]:
        """Let DRS replicate servers of those names; answers their ids."""
        servers = [{"hostname": hostname, **fields} for hostname in hostnames]
        region = {"account": target.account_id, "region": target.region, "servers": servers}
        return self.protect_estate({"regions": [region]})

    def protect_estate(self, estate: Mapping[str, Any]) -> list[str]:
        """Let DRS replicate the servers of a document; answers their ids."""
        ids: list[str] = self._ask("POST", "servers", estate)["sourceServerIDs"]
        return ids

    def break_off(self, kind: str, **fault: Any) -> None:
        """Put one fault in force."""
        self._ask("POST", "faults", {"faults": [{"kind": kind, **fault}]})

    def heal(self) -> None:
        """Take all faults out of force."""
        self._ask("DELETE", "faults")

    def launch_as_somebody_else(self, target: Target, server_id: str) -> str:
        """Start a foreign job; answers its id."""
        asked = {"account": target.account_id, "region": target.region, "sourceServerIDs": [server_id]}
        return str(self._ask("POST", "foreign-jobs", {**asked, "isDrill": True})["jobID"])

    def _ask(self, method: str, name: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}{PREFIX}{name}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            parsed: dict[str, Any] = json.load(answer)
        return parsed


def _target(entry: Mapping[str, Any]) -> Target:
    return Target(account_id=entry["account"], region=entry["region"])


def _job(created: Mapping[str, Any], ended: str | None) -> RecordedJob:
    return RecordedJob(
        job_id=created["jobId"],
        target=_target(created),
        servers=frozenset(created["detail"]["servers"]),
        tags=created["detail"]["tags"],
        created=datetime.fromisoformat(created["time"]),
        ended=None if ended is None else datetime.fromisoformat(ended),
    )
