"""What each finding of a preflight means."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from shared.models.finding import FindingCode, Severity


class FindingWords(NamedTuple):
    """How severe it is, and what was found."""

    severity: Severity
    means: str


FINDINGS: Final[Mapping[FindingCode, FindingWords]] = {
    FindingCode.GROUP_NOT_FOUND: FindingWords(Severity.ERROR, "a wave names a group that does not exist"),
    FindingCode.EMPTY_GROUP: FindingWords(Severity.ERROR, "the group has neither servers nor tags"),
    FindingCode.NO_SERVERS_MATCH: FindingWords(Severity.ERROR, "no server carries the group's tags now"),
    FindingCode.SERVER_NOT_FOUND: FindingWords(Severity.ERROR, "DRS does not know a listed server"),
    FindingCode.SERVER_NOT_REPLICATING: FindingWords(
        Severity.ERROR, "its replication state does not allow a recovery; may be accepted with `acceptFindings`"
    ),
    FindingCode.SERVER_IN_ANOTHER_EXECUTION: FindingWords(
        Severity.ERROR, "another execution, its termination or a job that it abandoned holds it"
    ),
    FindingCode.SERVER_IN_TWO_GROUPS: FindingWords(
        Severity.WARN, "two groups of one wave select it: it is recovered once"
    ),
    FindingCode.SERVER_IN_TWO_WAVES: FindingWords(Severity.ERROR, "groups of two waves select it"),
    FindingCode.OPTIONAL_SERVER_NOT_IN_WAVE: FindingWords(
        Severity.WARN, "a wave's `optionalServerIds` name a server that none of its groups holds now"
    ),
    FindingCode.MINIMUM_SUCCESS_NOT_REACHABLE: FindingWords(
        Severity.WARN,
        "a count in `minimumSuccess` is more than the wave's required servers: every one of them must succeed",
    ),
    FindingCode.NO_REQUIRED_SERVERS: FindingWords(
        Severity.WARN, "every server of the wave is optional: no failure of a server fails it"
    ),
    FindingCode.ALARM_WITHOUT_PLACE: FindingWords(
        Severity.ERROR, "an alarm of a wave names no account and region, and the wave's servers are in several"
    ),
    FindingCode.ALARM_NOT_FOUND: FindingWords(
        Severity.ERROR, "CloudWatch has no alarm of that name, in the account and region where it must be OK"
    ),
    FindingCode.COMMAND_NOT_RUNNABLE: FindingWords(
        Severity.ERROR,
        "SSM has no document of that name where the wave's servers will run, it is no command document, or the role there may not run it",
    ),
    FindingCode.ACCOUNT_NOT_REGISTERED: FindingWords(Severity.ERROR, "the group's account has no row in the hub"),
    FindingCode.ACCOUNT_INACTIVE: FindingWords(Severity.ERROR, "its row says inactive"),
    FindingCode.ROLE_NOT_ASSUMABLE: FindingWords(Severity.ERROR, "the role of the account cannot be used"),
    FindingCode.DRS_NOT_INITIALIZED: FindingWords(Severity.ERROR, "DRS is not initialised in that account and region"),
    FindingCode.REGION_NOT_ENABLED: FindingWords(Severity.ERROR, "the account has not enabled the region"),
    FindingCode.COULD_NOT_CHECK: FindingWords(
        Severity.ERROR, "DRS, CloudWatch or SSM did not say; that is never taken for fine"
    ),
    FindingCode.RUNNING_JOB_CONFLICT: FindingWords(
        Severity.WARN, "a job of DRS works on a server; DRS refuses a second one until it ends"
    ),
    FindingCode.LAUNCH_CONFIG_NOT_APPLIED: FindingWords(
        Severity.WARN, "the group's launch settings are stored and not applied in this version"
    ),
    FindingCode.NO_RECOVERY_POINT: FindingWords(
        Severity.ERROR,
        "the server has no recovery snapshot of the `pointInTime` or before; its oldest is named; may be accepted with `acceptFindings`, then it fails in its wave",
    ),
    FindingCode.RECOVERY_POINTS_NOT_CHECKED: FindingWords(
        Severity.WARN,
        "so many servers' snapshots were not looked for, because there are too many, there was no more time, or DRS wanted fewer calls; each is looked up right before its launch",
    ),
    FindingCode.QUOTAS_NOT_READ: FindingWords(
        Severity.WARN,
        "Service Quotas could not be asked, the message says why: what it said before or is documented counts, and DRS refuses what is too much; AccessDenied is a role without `servicequotas:ListServiceQuotas`",
    ),
    FindingCode.QUOTA_WAVE_SIZE: FindingWords(
        Severity.WARN, "the wave has more servers than may be in jobs at once: the rest waits"
    ),
    FindingCode.QUOTA_CONCURRENT_JOBS: FindingWords(
        Severity.WARN, "the jobs at once leave no room now: the wave waits"
    ),
    FindingCode.QUOTA_SERVERS_IN_JOBS: FindingWords(
        Severity.WARN, "the servers in jobs leave no room now: the wave waits"
    ),
    FindingCode.SERVERS_CHANGED: FindingWords(
        Severity.WARN,
        "a start would take other servers of the group than the last execution of the plan did: `details` has the first 100 `gained` and `lost`, and how many there are",
    ),
    FindingCode.GROUP_SHRUNK: FindingWords(
        Severity.WARN,
        "the same of a group that would have less than half of its servers: look at its tags before you start",
    ),
    FindingCode.SERVERS_NOT_COMPARED: FindingWords(
        Severity.WARN, "of the last execution of the plan it is not known which servers came from which group"
    ),
    FindingCode.ORIGIN_UNKNOWN: FindingWords(
        Severity.ERROR,
        "of the tag sync: DRS does not say in which account and region the instances are that these servers come from",
    ),
    FindingCode.ORIGIN_NOT_FOUND: FindingWords(
        Severity.ERROR,
        "of the tag sync: EC2 does not have the instances that these servers come from, or they are terminated; nothing is removed",
    ),
    FindingCode.TAGS_LEFT_OUT: FindingWords(
        Severity.WARN, "of the tag sync: a server has 50 tags, and those in `details.keys` found no room"
    ),
    FindingCode.TAGS_NOT_TAKEN: FindingWords(
        Severity.WARN,
        "of the tag sync: `details.keys` have signs that EC2 alone takes in tags, or are longer than 128 characters, or 256 in their values",
    ),
    FindingCode.TAGS_NOT_WRITTEN: FindingWords(
        Severity.ERROR, "of the tag sync: DRS refused to write these servers' tags; the next run tries again"
    ),
}
