"""The world as a test speaks of it: what there is to recover, what operators do, what can be seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from local.drs_simulator import Settings, SourceServerSpec
from local.drs_simulator.estate import EncryptionSpec
from local.drs_simulator.record import Record
from shared.models.execution import ExecutionHeader
from shared.stores.protection_group_store import ProtectionGroupStore
from tests.support.asl.loading import STATE_MACHINE
from tests.support.configuration import group as stored_group
from tests.support.oracle import ExpectedWave, Oracle
from tests.support.scheduler import Temper
from tests.support.world.cloud import CERTAIN
from tests.support.world.machinery import DATABASE_ACCOUNT, DAY, HOUR, REGION, Machinery
from tests.support.world.mails import SentMail

_TERMINAL: Final = ("COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMEOUT")


class Refused(Exception):
    """An operation answered with an error; `envelope` is the whole answer."""

    def __init__(self, envelope: Mapping[str, Any]) -> None:
        super().__init__(f"{envelope['error']}: {envelope['message']}")
        self.envelope = envelope
        self.code = str(envelope["error"])
        self.details: Mapping[str, Any] = envelope["details"]


def wave(number: int, *groups: str, after: Iterable[int] = (), pause: bool = False, **more: Any) -> dict[str, Any]:
    """A wave of a plan as an operation takes it; `groups` are ids."""
    return {
        "waveNumber": number,
        "waveName": f"wave {number}",
        "protectionGroupIds": list(groups),
        "dependsOnWaves": list(after),
        "pauseBeforeWave": pause,
        **more,
    }


class World(Machinery):
    """Two target accounts at first, launch events on, the reconciler every minute; one seed decides every order."""

    def __init__(
        self,
        *,
        seed: int | None = None,
        settings: Settings = CERTAIN,
        stale_indexes: bool = False,
        workers: int = 1,
        temper: Temper | None = None,
        rounds: int | None = None,
        definition: Path = STATE_MACHINE,
    ) -> None:
        super().__init__(
            seed=seed,
            settings=settings,
            stale_indexes=stale_indexes,
            workers=workers,
            temper=temper,
            rounds=rounds,
            definition=definition,
        )
        self._groups: dict[str, tuple[str, ...]] = {}
        self._plans: dict[str, dict[int, ExpectedWave]] = {}

    # -- what there is to recover ---------------------------------------------------------------------------------

    def add_servers(
        self, account: str = DATABASE_ACCOUNT, count: int = 1, *, region: str = REGION, name: str = "host", **spec: Any
    ) -> list[str]:
        """Let DRS protect that many servers; answers their ids."""
        return [
            self.simulator.add_source_server(account, region, SourceServerSpec(hostname=f"{name}-{number}", **spec))
            for number in range(1, count + 1)
        ]

    def replicate(
        self, account: str, count: int, *, target: str = DATABASE_ACCOUNT, region: str = REGION, name: str = "staged"
    ) -> list[str]:
        """Let an account that trusts us replicate servers, which the target may have extended; answers their ids."""
        self.cloud.roles.external_ids[account] = "an-external-id"
        key = f"arn:aws:kms:{region}:{account}:key/staging"
        shared = EncryptionSpec(ebs_encryption="CUSTOM", key_arn=key, shared_with=(target,))
        return self.add_servers(account, count, region=region, name=name, encryption=shared)

    def create_group(
        self,
        name: str,
        servers: Sequence[str] = (),
        *,
        account: str = DATABASE_ACCOUNT,
        region: str = REGION,
        **more: Any,
    ) -> str:
        """A protection group of these servers, or by `serverSelectionTags`; answers its id."""
        chosen = {"sourceServerIds": list(servers)} if servers else {}
        answer = self.ask("create_protection_group", groupName=name, accountId=account, region=region, **chosen, **more)
        group_id = str(answer["groupId"])
        self._groups[group_id] = tuple(servers)
        return group_id

    def empty_group(self) -> str:
        """A group that selects nothing, as earlier versions stored them; answers its id."""
        stored = ProtectionGroupStore(self.tables.protection_groups).put_new(
            stored_group("empty", source_server_ids=())
        )
        self._groups[stored.group_id] = ()
        return stored.group_id

    def create_plan(self, name: str, *waves: Mapping[str, Any], **more: Any) -> str:
        """A recovery plan; answers its id."""
        plan_id = str(self.ask("create_recovery_plan", planName=name, waves=list(waves), **more)["planId"])
        ordered = any(one["dependsOnWaves"] for one in waves)
        before = dict(zip([one["waveNumber"] for one in waves][1:], [one["waveNumber"] for one in waves], strict=False))
        self._plans[plan_id] = {
            one["waveNumber"]: ExpectedWave(
                servers=frozenset(server for group in one["protectionGroupIds"] for server in self._groups[group]),
                after=frozenset(
                    one["dependsOnWaves"] if ordered else [before[n]] if (n := one["waveNumber"]) in before else []
                ),
            )
            for one in waves
        }
        return plan_id

    def plan_of(
        self, *sizes: int, account: str = DATABASE_ACCOUNT, pauses: Iterable[int] = (), name: str = "plan", **more: Any
    ) -> str:
        """A plan of waves one after the other, each with one group of so many new servers; answers its id.

        What else is given is said of every wave.
        """
        waves = []
        for number, size in enumerate(sizes):
            servers = self.add_servers(account, size, name=f"{name}-{number}")
            group = self.create_group(f"{name} group {number}", servers, account=account)
            waves.append(wave(number, group, pause=number in set(pauses), **more))
        return self.create_plan(name, *waves)

    # -- what operators do ----------------------------------------------------------------------------------------

    def call(self, operation: str, *, by: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The whole answer of an operation, be it a result or an error; a Crash of the function comes out."""
        answer: dict[str, Any] = json.loads(json.dumps(self.parts.direct(operation, parameters, by)))
        return answer

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The result of an operation; Refused if it is an error."""
        answer = self.call(operation, **parameters)
        if "error" in answer and "requestId" in answer:
            raise Refused(answer)
        return answer

    def start(self, plan_id: str, execution_type: str = "DRILL", **more: Any) -> str:
        """Start an execution; answers its id."""
        return str(self.ask("start_execution", planId=plan_id, executionType=execution_type, **more)["executionId"])

    def resume(self, execution_id: str, wave_number: int | None = None) -> dict[str, Any]:
        """Approve the gate of a wave, or the one that is open."""
        more = {} if wave_number is None else {"waveNumber": wave_number}
        return self.ask("resume_execution", executionId=execution_id, **more)

    def pause(self, execution_id: str) -> dict[str, Any]:
        """Let nothing new start."""
        return self.ask("pause_execution", executionId=execution_id)

    def cancel(self, execution_id: str) -> dict[str, Any]:
        """Cancel the execution."""
        return self.ask("cancel_execution", executionId=execution_id)

    def retry(self, execution_id: str, wave_number: int, **more: Any) -> dict[str, Any]:
        """Try a wave again."""
        return self.ask("retry_wave", executionId=execution_id, waveNumber=wave_number, **more)

    def skip(self, execution_id: str, wave_number: int, **more: Any) -> dict[str, Any]:
        """Give a wave up."""
        return self.ask("skip_wave", executionId=execution_id, waveNumber=wave_number, **more)

    def terminate(self, execution_id: str, **more: Any) -> dict[str, Any]:
        """Terminate what the execution launched."""
        return self.ask("terminate_instances", executionId=execution_id, **more)

    def approve_by_mail(self, mail: SentMail) -> bool:
        """Run the mail's approving command; False if its token has ended."""
        return self.runs.succeed(mail.token, {})

    def reject_by_mail(self, mail: SentMail) -> bool:
        """Run the mail's cancelling command; False if its token has ended."""
        return self.runs.fail(mail.token, "UserCancelled", "Cancelled by mail")

    # -- what can be seen -----------------------------------------------------------------------------------------

    def execution(self, execution_id: str) -> dict[str, Any]:
        """The answer of get_execution."""
        return self.ask("get_execution", executionId=execution_id)

    def status(self, execution_id: str) -> str:
        """The status of the execution, from its header."""
        return self.header(execution_id).status.value

    def header(self, execution_id: str) -> ExecutionHeader:
        """The stored header."""
        return self.executions.find(execution_id)

    def events(self, execution_id: str) -> list[dict[str, Any]]:
        """The whole timeline by get_execution_events, oldest first."""
        return self._all_pages("get_execution_events", executionId=execution_id, limit=100)

    def servers(self, execution_id: str, wave_number: int | None = None) -> list[dict[str, Any]]:
        """All servers by get_execution, or those of a wave."""
        found: list[dict[str, Any]] = []
        token: dict[str, Any] = {} if wave_number is None else {"waveNumber": wave_number}
        while True:
            page = self.ask("get_execution", executionId=execution_id, limit=100, **token)["servers"]
            found += page["items"]
            if "nextToken" not in page:
                return found
            token["nextToken"] = page["nextToken"]

    def listed(self, **filters: Any) -> list[dict[str, Any]]:
        """All executions by list_executions, newest first."""
        return self._all_pages("list_executions", **filters)

    def termination(self, execution_id: str) -> dict[str, Any]:
        """The answer of get_termination_status."""
        return self.ask("get_termination_status", executionId=execution_id)

    def mails(self, kind: str | None = None, execution_id: str | None = None) -> list[SentMail]:
        """The mails that were sent, or those of one type or execution, oldest first."""
        return [
            mail for mail in self.topic.mails if kind in (None, mail.type) and execution_id in (None, mail.execution_id)
        ]

    def instances(self, account: str | None = None) -> list[str]:
        """The EC2 instances that are not terminated."""
        self.simulator.advance()
        return self.cloud.ec2_instances.running(account)

    def expected_waves(self, plan_id: str) -> Mapping[int, ExpectedWave]:
        """The waves as this test made them (groups by tags count as empty)."""
        return self._plans[plan_id]

    @property
    def oracle(self) -> Oracle:
        """What the simulator's record says now."""
        self.simulator.advance()
        return Oracle(self.simulator.record, self.simulator.refusals)

    @property
    def simulator_record(self) -> Record:
        """Every call and effect of DRS; the oracle."""
        return self.simulator.record

    # -- until ----------------------------------------------------------------------------------------------------

    def run_until_status(self, execution_id: str, *statuses: str, limit: float = DAY) -> None:
        """Run until the execution has one of the statuses."""
        key = {"executionId": execution_id, "planId": self.header(execution_id).plan_id}
        self.run_until(
            lambda: (self.history.get(key) or {}).get("status") in statuses,
            limit,
            f"{' or '.join(statuses)} of {execution_id}",
        )

    def run_until_end(self, execution_id: str, limit: float = DAY) -> str:
        """Run until the execution is terminal and its run has ended; answers the status."""
        self.run_until_status(execution_id, *_TERMINAL, limit=limit)
        name = self.header(execution_id).run_name
        self.run_until(lambda: not self.run(name).is_running, HOUR, f"the end of the run {name}")
        self.settle()
        return self.status(execution_id)

    def run_until_mail(self, kind: str, count: int = 1, limit: float = DAY) -> SentMail:
        """Run until that many mails of a type were sent; answers the last."""
        self.run_until(lambda: len(self.mails(kind)) >= count, limit, f"{count} mails {kind}")
        return self.mails(kind)[-1]

    def run_until_terminated(self, execution_id: str, limit: float = DAY) -> None:
        """Run until the latest termination is no longer RUNNING."""
        header = self.header(execution_id)

        def ended() -> bool:
            latest = self.executions.latest_termination(header)
            return latest is not None and latest.status.value != "RUNNING"

        self.run_until(ended, limit, f"the termination of {execution_id}")

    # -- within ---------------------------------------------------------------------------------------------------

    def _all_pages(self, operation: str, **parameters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token: dict[str, Any] = {}
        while True:
            page = self.ask(operation, **parameters, **token)
            found += page["items"]
            if "nextToken" not in page:
                return found
            token = {"nextToken": page["nextToken"]}
