"""Why the present state did not allow it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from shared.errors import MOST_SERVERS, ConflictReason

CONFLICTS: Final[Mapping[ConflictReason, str]] = {
    ConflictReason.NAME_EXISTS: "the name is taken, or the staging account is one of a target account already, in `targetAccountId`; a name is taken whatever its case, its runs of blanks and what joins its emoji or asks for them in colour (not their skin tones)",
    ConflictReason.SERVER_CONFLICT: f"servers are in another group, or held by another execution, its termination or a job that it abandoned; `servers` lists {MOST_SERVERS} of them at most with their owners, `moreServers` counts the others: `status` is the owner's, `executionStatus` that of its execution: one that is PREPARING may yet be undone, and then nothing was started, so try again in a few seconds",
    ConflictReason.TAG_CONFLICT: "another group selects by the same tags in the same account and region",
    ConflictReason.VERSION_CONFLICT: "somebody else changed it since you read it; `id` is its id, `version`, if known, the stored one. A start: the plan, a group or an account of it was edited or deleted meanwhile, see `planId`, `groupIds`, `accountIds`",
    ConflictReason.IN_USE: "what you delete is used. A group: by `plans`, of which 20 are named, and `planCount` says how many there are. An account: `groups` are in it, alarms of `plans` or `executions` that are not closed need it, or DRS there still has what is for an execution only of `servers`, which only its role can restore, or `giveUpSettingsOf` gives up by the `executionId` of each; 20 of each are named, and `groupCount`, `planCount`, `executionCount`, `serverCount` are how many there are. A staging account: it replicates servers of `groups`, and `force` forgets it all the same. Or the client token, in `field`, was used for another request",
    ConflictReason.ACTIVE_EXECUTION: "an execution that has not ended uses it; `executions` lists them. While one is paused, waves that have not begun may be edited, and nothing else of the plan: `fields` names what was to change; and groups that are in no other. The execution goes on with what it was started with",
    ConflictReason.INVALID_STATE: "the state of the execution, of a wave or of a gate does not allow it; [more](#invalid_state)",
    ConflictReason.SYNC_IN_PROGRESS: "the launch settings of the group are being applied, by the run in `runId`, which has done `done` servers of `total`",
}


class StateWords(NamedTuple):
    """One of the many causes of INVALID_STATE."""

    because: str
    details: str
    do: str


INVALID_STATES: Final[tuple[StateWords, ...]] = (
    StateWords(
        because="the execution is still being started",
        details="",
        do="try again in a few seconds",
    ),
    StateWords(
        because="it is CANCELLING or DRAINING, or has ended",
        details="",
        do="nothing: it ends by itself, or start the plan anew",
    ),
    StateWords(
        because="the wave's status does not allow a retry or a skip",
        details="of the last that was taken up, if any: `requested`, `requestedBy`, `requestedAt`",
        do="the message names the statuses that do",
    ),
    StateWords(
        because="a wave of policy `STOP` went wrong, so nothing new starts anywhere",
        details="",
        do="wait for the end, start the plan anew",
    ),
    StateWords(
        because="the gate is decided: by a request of before, or `gateNumber` names an earlier one",
        details="`gateNumber`, `gateStatus`, `decidedBy`",
        do="look at the wave; decide the gate that is open, if any",
    ),
    StateWords(
        because="the wave has no gate of that number",
        details="`gateNumber`",
        do="look under `gates` in `get_execution`",
    ),
    StateWords(
        because="somebody was first, and is taken up with the next step",
        details="`requested`, `requestedBy`, `requestedAt`",
        do="see what becomes of it",
    ),
    StateWords(
        because="several gates are open",
        details="`openGates`: scope, number, kind, when, and of which wave",
        do='name the `waveNumber`, or `"scope": "all"` for the pause',
    ),
    StateWords(
        because="no gate is open, or it opens in a few seconds",
        details="`gateNumber`, `gateStatus`, `decidedBy` of the last that was decided, if any",
        do="look, or try again",
    ),
    StateWords(
        because="the wave is approved already, or has no pause before it",
        details="`approvedBy`, if it is",
        do="nothing",
    ),
    StateWords(
        because="the execution is paused already, or nothing is left to start",
        details="",
        do="nothing",
    ),
    StateWords(
        because="a termination: the execution has not ended, or launched nothing",
        details="",
        do="wait for its end, or nothing",
    ),
    StateWords(
        because="a termination: an account that its instances are in is not registered any more",
        details="`accountIds`",
        do="register it again, then terminate",
    ),
    StateWords(
        because="a deletion: an execution has not ended, or something of it is still under way: a mail, a gate, a termination, or a DRS job that it ended without",
        details="`executions`: `executionId`, `status` and `why` of each that is kept; nothing was deleted",
        do="wait as it says, or leave those out",
    ),
)
