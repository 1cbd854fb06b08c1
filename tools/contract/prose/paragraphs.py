"""What stands between the tables of ERROR_CODES.md."""

from typing import Final

ENVELOPE: Final = """\
With `retryable` the same call may be made again after a moment, and nobody need do anything meanwhile: something was busy or broken
off. Without it somebody looks first. That goes for `PREFLIGHT_FAILED` and `CONFLICT_ERROR` whatever they name: an account that could
not be checked may answer later, and a server is free once the execution that holds it has ended, but the findings and `servers` say
so, not the code. `requestId` finds the call in the logs."""

DRS_CODES: Final = """\
`drsCode` is DRS's own, or one of ours: `NOT_INITIALIZED`, `REGION_NOT_ENABLED`, `ENDPOINT_UNREACHABLE`, `UNREADABLE_ANSWER`."""

STATES: Final = """\
Of one execution, `executionId` and `status`, the present one, are always there. What is asked about a wave also answers `waveNumber` and `waveStatus`."""

TOO_LATE: Final = """\
What is accepted can still come too late: the engine then marks the request `ALREADY_DECIDED` or `REFUSED`, and the timeline says why."""

FINDINGS: Final = """\
Of the preflight, of a start and of its dry run. Each names account, region, group, wave and servers where it concerns them. `FAIL` and
`UNKNOWN` prevent a start, `LAUNCH_RIGHTS` excepted. A start with an `override`, which has a `reason` and may name the `codes` it is
about, goes on all the same: its findings say `overridden`, and the execution and its timeline keep who overrode what, and why. Never
overridden are `GROUP_NOT_FOUND`, `EMPTY_GROUP`, `NO_SERVERS_MATCH`, `SERVERS_NOT_RESOLVED`, `SERVER_IN_TWO_WAVES`, and `SERVER_BUSY` by
another execution. The `checks` of a preflight tell of each account and region how each check came out, also those that found nothing."""

ONLY_HELD: Final = """\
A start that fails only because others hold servers is a `CONFLICT_ERROR` with `SERVER_CONFLICT`; anything else that prevents it makes it
`PREFLIGHT_FAILED`."""
