"""Retry and skip: what becomes of a wave that failed, or of one that is not to start."""

from types import MappingProxyType
from typing import Final

from execution.asking import ControlsExecutions, RequestAccepted, Wish, ask
from execution.named_wave import named_wave
from execution.overrides import SettingsOverride
from execution.wave_rules import ACCEPT, RETRY, SKIP, WaveRule, gate_to_decide, must_be_allowed, must_mean
from shared.errors import ErrorCode
from shared.models.base import Model
from shared.models.recovery_plan import WaveNumber
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.judging import ID, judge_by
from shared.services.request_fields import ExecutionId, GateNumber, Reason
from shared.services.wave_naming import execution_has_wave


class AboutWave(Model):
    """What is asked about a wave; with `gate_number`, as a mail names it, only if that gate is still to be decided."""

    execution_id: ExecutionId
    wave_number: WaveNumber
    gate_number: GateNumber | None = None
    reason: Reason = ""


_STAND_INS: Final = MappingProxyType({"executionId": ID, "waveNumber": 0})


class RetryWave(AboutWave):
    """Try a wave again; `relaunch` also launches anew what is launched and still not healthy.

    With an `override` its servers are launched as DRS has them, whatever is found of their launch settings. That may
    also be said, without `relaunch`, of a wave that is being launched, and waits for these settings: nothing of it is
    tried anew then.
    """

    relaunch: bool = False
    override: SettingsOverride | None = None


class SkipWave(AboutWave):
    """Give a wave up."""


@operation(
    "retry_wave",
    http="POST /executions/{executionId}/waves/{waveNumber}/retry",
    permission=Permission.START_RECOVERY,
    success=Success.ACCEPTED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR),
    judge=judge_by(RetryWave, execution_has_wave, stand_ins=_STAND_INS),
)
def retry_wave(request: RetryWave, context: Context[ControlsExecutions]) -> RequestAccepted:
    """Launch and check again what failed in a wave that has gone wrong."""
    rule = RETRY if request.override is None or request.relaunch else ACCEPT
    return _ask_about_the_wave(request, rule, context, retry=request)


@operation(
    "skip_wave",
    http="POST /executions/{executionId}/waves/{waveNumber}/skip",
    permission=Permission.STOP_RECOVERY,
    success=Success.ACCEPTED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR),
    judge=judge_by(SkipWave, execution_has_wave, stand_ins=_STAND_INS),
)
def skip_wave(request: SkipWave, context: Context[ControlsExecutions]) -> RequestAccepted:
    """Give up a wave that has not started or has gone wrong."""
    return _ask_about_the_wave(request, SKIP, context)


def _ask_about_the_wave(
    request: AboutWave, rule: WaveRule, context: Context[ControlsExecutions], *, retry: RetryWave | None = None
) -> RequestAccepted:
    executions = context.app.executions
    header = executions.find(request.execution_id)
    # The requests first: one that is taken up meanwhile has moved the wave and decided the gate that are read later.
    requests = executions.requests(header)
    wave = named_wave(header, request.wave_number, executions)
    last = executions.request(header, wave.decision_id) if wave.decision_id else None
    must_be_allowed(wave, rule, last)
    gates = executions.gates(header)
    number = gate_to_decide(wave, gates, requests)
    if request.gate_number is not None:
        must_mean(wave, request.gate_number, number, gates)
    override = retry.override if retry else None
    wish = Wish(
        rule.kind,
        request.reason,
        f"{rule.kind.capitalize()} of {wave.words}{_manner(retry)}",
        wave.scope,
        number,
        request.wave_number,
        relaunch=retry is not None and retry.relaunch,
        accepted_codes=override.accepted_codes if override else (),
        override_reason=override.reason if override else "",
    )
    return ask(header, wish, context)


def _manner(retry: RetryWave | None) -> str:
    """How a wave is to be retried, in words."""
    if retry is None:
        return ""
    anew = " with a new launch of what is not healthy" if retry.relaunch else ""
    if retry.override is None:
        return anew
    codes = ", ".join(retry.override.accepted_codes)
    return (
        f"{anew} with the launch settings that DRS has, whatever is found of {codes}, because {retry.override.reason}"
    )
