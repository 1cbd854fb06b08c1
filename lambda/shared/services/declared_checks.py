"""Whether the alarms and documents that a plan's waves name are there, in the accounts where they will be needed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from shared.alarm_places import place_alarms
from shared.aws.ports import CloudWatchPort, SsmPort
from shared.check_documents import AWS_DOCUMENTS, may_run, own_documents
from shared.check_table import Checked
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.account import TargetAccount
from shared.models.finding import Finding, FindingCode, failure_at
from shared.models.health_checks import commands_of
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan, Wave, wave_words
from shared.models.targets import Target
from shared.services.reachability import AccountReader, account_obstacle, ask_everywhere, obstacle_of


class ChecksDeclared(Protocol):
    """What it takes to look; `workers` bounds the accounts and regions that are asked at once."""

    @property
    def accounts(self) -> AccountReader:
        """Where the target accounts are."""
        ...

    @property
    def cloudwatch(self) -> CloudWatchPort:
        """The alarms."""
        ...

    @property
    def ssm(self) -> SsmPort:
        """The documents."""
        ...

    @property
    def hub_account_id(self) -> str:
        """Our own account."""
        ...

    @property
    def workers(self) -> int:
        """At most so many calls at once."""
        ...


@dataclass
class _Asked:
    """What is asked of one account and region: alarms and documents, each with the first wave that names it."""

    alarms: dict[str, Wave] = field(default_factory=dict)
    documents: dict[str, Wave] = field(default_factory=dict)

    def codes(self, *, is_known: bool) -> tuple[FindingCode, ...]:
        """What is checked there; the way in too, if nobody else has asked there."""
        way_in = () if is_known else (FindingCode.ROLE,)
        alarms = (FindingCode.ALARM_NOT_FOUND,) if self.alarms else ()
        documents = (FindingCode.COMMAND_NOT_RUNNABLE,) if self.documents else ()
        return (*way_in, FindingCode.HEALTH_CHECKS, *alarms, *documents)


def check_declared(
    plan: RecoveryPlan,
    groups: Mapping[str, ProtectionGroup],
    obstructed: Mapping[Target, bool],
    deps: ChecksDeclared,
    *,
    patience: float,
) -> Checked:
    """A FAIL for everything that is not there, an UNKNOWN for what could not be looked at.

    Nothing is asked if nothing is declared.

    `obstructed` are the accounts and regions that were asked already, and whether that failed: it has its own finding.
    Whoever does not answer within `patience`, in seconds of real time, could not be looked at.
    """
    found: list[Finding] = []
    asked: dict[Target, _Asked] = {}
    for wave in plan.waves:
        if wave.health_checks is not None and all(group_id in groups for group_id in wave.protection_group_ids):
            targets = {groups[group_id].target for group_id in wave.protection_group_ids}
            found.extend(_collect(wave, targets, asked))
    places = [target for target in asked if not obstructed.get(target, False)]
    if places:
        answers = ask_everywhere(
            places,
            lambda target: _look(target, asked[target], target in obstructed, deps),
            lambda silence: [silence.finding.model_copy(update={"code": FindingCode.HEALTH_CHECKS})],
            workers=deps.workers,
            patience=patience,
        )
        found.extend(finding for part in answers.values() for finding in part)
    return Checked(tuple(found), {target: each.codes(is_known=target in obstructed) for target, each in asked.items()})


def _collect(wave: Wave, targets: Iterable[Target], asked: dict[Target, _Asked]) -> Iterator[Finding]:
    """Note what is to be asked for a wave; a finding for each alarm that has no place."""
    checks, everywhere = wave.health_checks, sorted(targets)
    for placed in place_alarms(checks, everywhere):
        if placed.place is None:
            message = f"{wave_words(wave.wave_number, wave.wave_name, first=True)}: {placed.obstacle}"
            yield failure_at(None, FindingCode.ALARM_WITHOUT_PLACE, message, wave_number=wave.wave_number)
        else:
            asked.setdefault(placed.place, _Asked()).alarms.setdefault(placed.alarm.alarm_name, wave)
    for command in commands_of(checks or ()):
        for target in everywhere:
            asked.setdefault(target, _Asked()).documents.setdefault(command.document_name, wave)


def _look(target: Target, asked: _Asked, is_known: bool, deps: ChecksDeclared) -> list[Finding]:
    obstacle = None if is_known else account_obstacle(target, deps.accounts, deps.hub_account_id)
    if obstacle is not None:
        return [obstacle]
    try:
        return [*_alarms(target, asked.alarms, deps), *_documents(target, asked.documents, deps)]
    except (CrossAccountError, DrsServiceError) as error:
        return [obstacle_of(target, error, FindingCode.HEALTH_CHECKS)]


def _alarms(target: Target, asked: Mapping[str, Wave], deps: ChecksDeclared) -> list[Finding]:
    if not asked:
        return []
    known = {alarm.alarm_name for alarm in deps.cloudwatch.alarms(target, sorted(asked))}
    return [
        failure_at(
            target,
            FindingCode.ALARM_NOT_FOUND,
            f"CloudWatch in {target} has no alarm {name}, which must be OK for {_words(wave)}",
            wave_number=wave.wave_number,
        )
        for name, wave in sorted(asked.items())
        if name not in known
    ]


def _documents(target: Target, asked: Mapping[str, Wave], deps: ChecksDeclared) -> list[Finding]:
    found: list[Finding] = []
    account = deps.accounts.find(target.account_id) if asked else None
    for name, wave in sorted(asked.items()):
        obstacle = _document_obstacle(target, name, account, deps.ssm)
        if obstacle is not None:
            message = f"{obstacle}: {_words(wave)} needs it"
            place = {"wave_number": wave.wave_number}
            found.append(failure_at(target, FindingCode.COMMAND_NOT_RUNNABLE, message, **place))
    return found


def _document_obstacle(target: Target, name: str, account: TargetAccount | None, ssm: SsmPort) -> str | None:
    if not may_run(name, account):
        return (
            f"the role in {target} may not run the document {name}, only {', '.join(AWS_DOCUMENTS)} and "
            f"the account's own {own_documents(account)}"
        )
    document = ssm.document(target, name)
    if document is None:
        return f"SSM in {target} has no document {name}"
    if not document.is_runnable:
        return f"SSM cannot run the document {name} in {target}: it is of type {document.kind} and {document.status}"
    return None


def _words(wave: Wave) -> str:
    return wave_words(wave.wave_number, wave.wave_name)
