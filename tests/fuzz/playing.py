"""Schemathesis plays the contract: examples, edges, random input and random sequences along the links."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.specs.openapi.schemas import OpenApiSchema

from local.function_process import ROOT
from shared.roles import Role
from tests.fuzz.calling import installed
from tests.fuzz.estate import Estate, Known
from tests.fuzz.tally import Failure, Tally
from tools.contract.openapi import PATH
from tools.contract.prose.samples import SAMPLES

CHECKS: Final[Mapping[str, Any]] = {
    # A 502 is the contract's answer about an account that lets nobody in: `only_what_is_out_of_reach` asks if it is.
    "not_a_server_error": {"enabled": False},
    # A schema cannot say every rule: a page token belongs to its list, waves form no circle, an id must exist.
    "positive_data_acceptance": {"enabled": False},
    # The contract answers 404 OPERATION_NOT_FOUND to a method that a path does not have, not 405.
    "unsupported_method": {"enabled": False},
    # What is there is everybody's who may read it: the contract has roles, not owners.
    "object_level_authorization": {"enabled": False},
}
"""Every check of schemathesis but those that are off, each for its reason."""

ROUND: Final = 60
"""Seconds, after which the system is furnished anew and the next seed is played: what there was has been deleted."""

_LONG: Final = 300
"""Seconds. A run of that length ends with every broken edge of every field, which are thousands."""

_LONGEST_ADDRESS: Final = 10_240
"""Bytes of a request line with its headers, the quota of API Gateway: a list in a query can be longer."""

_LOGGED_ERROR: Final = re.compile(r'"level": ?"(?:ERROR|CRITICAL)"|Traceback')


@dataclass(frozen=True)
class Round:
    """What is played on what was put into the system for it."""

    seed: int
    seconds: int
    edges: bool = False
    """Whether every broken edge of every field is played too."""


def rounds(seed: int, seconds: int) -> list[Round]:
    """So many seconds in rounds, each with the next seed."""
    last = [2 * ROUND] if seconds >= _LONG else []
    whole, rest = divmod(seconds - sum(last), ROUND)
    lengths = [*[ROUND] * whole, *([rest] if rest else []), *last]
    return [Round(seed + number, length, length > ROUND) for number, length in enumerate(lengths)]


def play(estate: Estate, seed: int, seconds: int) -> Tally:
    """Call for so many seconds; answers what was met. A seed decides what is sent until answers differ."""
    tally = Tally(seed, seconds)
    for each in rounds(seed, seconds):
        _play(each, estate, tally)
    for log in sorted(estate.system.log_folder.glob(f"{estate.system.blueprint.project}-*.log")):
        lines = log.read_text(encoding="utf-8").splitlines()
        tally.errors += [f"{log.name}: {line[:2000]}" for line in lines if _LOGGED_ERROR.search(line)]
    return tally


def _play(one: Round, estate: Estate, tally: Tally) -> None:
    schema = _schema(one, estate, estate.furnish())
    with installed(estate):
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                _take(event.recorder, str(event.phase), tally, one, estate)
            elif isinstance(event, events.NonFatalError):
                tally.errors.append(f"seed {one.seed}: {event.label}: {event.info}")
            elif isinstance(event, events.FatalError):
                tally.errors.append(f"seed {one.seed}: {event.exception!r}")


def labels() -> list[str]:
    """Every operation of the contract, as `GET /executions`."""
    paths = json.loads((ROOT / PATH).read_text(encoding="utf-8"))["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


def _schema(one: Round, estate: Estate, known: Known) -> OpenApiSchema:
    """The published document; ids of its examples are ids of things that are there."""
    document = json.loads((ROOT / PATH).read_text(encoding="utf-8"))
    for methods in document["paths"].values():
        methods |= {method: _made_real(operation, known) for method, operation in methods.items()}
    config = SchemathesisConfig.from_dict(
        {
            "seed": one.seed,
            "max-time": one.seconds,
            "continue-on-failure": True,
            "request-timeout": 60,
            "base-url": estate.url,
            "headers": {"Authorization": f"Bearer {estate.tokens[Role.ADMIN]}"},
            "checks": CHECKS,
            "phases": {
                # the examples are sent as they are published, and not mixed with what was answered before
                "examples": {"extra-data-sources": {"responses": False}},
                "coverage": {"unexpected-methods": [], "generation": {"mode": "all" if one.edges else "positive"}},
                "stateful": {"generation": {"max-examples": 20}},
            },
            "generation": {"max-examples": 4, "no-shrink": True, "database": "none"},
            "output": {"sanitization": {"enabled": False}},
        }
    )
    return schemathesis.openapi.from_dict(document, config=config)


def _made_real(operation: Mapping[str, Any], known: Known) -> Any:
    text = json.dumps(operation)
    for name, value in known.of(operation["operationId"]).items():
        text = text.replace(f'"{SAMPLES[name]}"', f'"{value}"')
    return json.loads(text)


def _take(recorder: ScenarioRecorder, phase: str, tally: Tally, one: Round, estate: Estate) -> None:
    for case_id, interaction in recorder.interactions.items():
        operation = recorder.cases[case_id].value.operation.label
        if interaction.response is None:
            tally.errors.append(f"{operation}: there was no answer to {interaction.request.uri}")
        else:
            tally.add_call(operation, phase, interaction.response.status_code)
    for case_id, checks in recorder.checks.items():
        answer = recorder.interactions[case_id].response
        if answer is not None and is_too_long(answer.status_code, str(answer.request.url)):
            continue
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                tally.add_failure(
                    Failure(
                        check=check.name,
                        operation=failure.operation or recorder.label,
                        seed=one.seed,
                        words=f"{failure.title} {failure.message}".strip(),
                        commands=pasteable(check.failure_info.code_sample, estate.url, estate.tokens),
                        answer=f"{answer.status_code} {answer.text[:2000]}" if answer else "nothing",
                    )
                )


def is_too_long(status: int, url: str) -> bool:
    """Whether a gateway refused an address that none takes, so that no operation of ours has seen it."""
    return status == HTTPStatus.REQUEST_URI_TOO_LONG and len(url) > _LONGEST_ADDRESS


def pasteable(commands: str, url: str, tokens: Mapping[Role, str]) -> str:
    """curl commands for another system: the address of the API and the tokens are variables of a terminal."""
    for role, token in tokens.items():
        commands = commands.replace(f"'Authorization: Bearer {token}'", f'"Authorization: Bearer ${role.name}_TOKEN"')
    return commands.replace(f"'{url}", '"$API_ENDPOINT"\'').replace(url, '"$API_ENDPOINT"')
