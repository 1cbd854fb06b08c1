"""What each finding of a preflight means."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from shared.models.finding import FindingCode, FindingReason, Outcome


class FindingWords(NamedTuple):
    """How it comes out at worst, and what was found."""

    outcome: Outcome
    means: str


FINDINGS: Final[Mapping[FindingCode, FindingWords]] = {
    FindingCode.GROUP_NOT_FOUND: FindingWords(Outcome.FAIL, "a wave names a group that does not exist"),
    FindingCode.EMPTY_GROUP: FindingWords(Outcome.FAIL, "the group has neither servers nor tags"),
    FindingCode.NO_SERVERS_MATCH: FindingWords(Outcome.FAIL, "no server carries the group's tags now"),
    FindingCode.SERVERS_NOT_RESOLVED: FindingWords(
        Outcome.UNKNOWN,
        "its account and region could not be asked, so nobody knows which servers carry the group's tags",
    ),
    FindingCode.SERVER_IN_TWO_GROUPS: FindingWords(
        Outcome.WARN,
        "two groups of one wave select it: it is recovered once, with the launch settings of the first that the wave names",
    ),
    FindingCode.SERVER_IN_TWO_WAVES: FindingWords(Outcome.FAIL, "groups of two waves select it"),
    FindingCode.OPTIONAL_SERVER_NOT_IN_WAVE: FindingWords(
        Outcome.WARN, "a wave's `optionalServerIds` name a server that none of its groups holds now"
    ),
    FindingCode.MINIMUM_SUCCESS_NOT_REACHABLE: FindingWords(
        Outcome.WARN,
        "a count in `minimumSuccess` is more than the wave's required servers: every one of them must succeed",
    ),
    FindingCode.NO_REQUIRED_SERVERS: FindingWords(
        Outcome.WARN, "every server of the wave is optional: no failure of a server fails it"
    ),
    FindingCode.ALARM_WITHOUT_PLACE: FindingWords(
        Outcome.FAIL,
        "an alarm of a wave names no account and region, and the wave's servers are in several; it is never overridden",
    ),
    FindingCode.ALARM_NOT_FOUND: FindingWords(
        Outcome.FAIL, "CloudWatch has no alarm of that name, in the account and region where it must be OK"
    ),
    FindingCode.COMMAND_NOT_RUNNABLE: FindingWords(
        Outcome.FAIL,
        "SSM has no document of that name where the wave's servers will run, it is no command document, or the role there may not run it",
    ),
    FindingCode.HEALTH_CHECKS: FindingWords(
        Outcome.UNKNOWN, "CloudWatch or SSM did not say whether a wave's alarms and documents are there"
    ),
    FindingCode.ROLE: FindingWords(Outcome.FAIL, "the account cannot be entered; `reason` says why"),
    FindingCode.DRS_STATE: FindingWords(
        Outcome.FAIL, "DRS cannot be used in that account and region, or, UNKNOWN, did not say; `reason` says why"
    ),
    FindingCode.QUOTA: FindingWords(
        Outcome.WARN,
        "a quota of DRS leaves no room for all at once: servers wait; `details` have limit, in use and needed",
    ),
    FindingCode.SERVER_MISSING: FindingWords(Outcome.FAIL, "DRS does not know a listed server"),
    FindingCode.SERVER_BUSY: FindingWords(
        Outcome.FAIL,
        "another execution, its termination or a job that it abandoned holds it; WARN: a job of DRS works on it, and DRS refuses a second one until it ends",
    ),
    FindingCode.REPLICATION_STATE: FindingWords(
        Outcome.FAIL, "its replication state does not allow a recovery to its latest data"
    ),
    FindingCode.EXTENSION_UNUSABLE: FindingWords(
        Outcome.FAIL,
        "it is extended from a staging account and DRS says EXTENSION_ERROR, as it does where the key of the staging account is not shared any more: nothing of it can be launched until that is mended, and an override covers it only where its `codes` name it",
    ),
    FindingCode.REPLICATION_LAG: FindingWords(
        Outcome.UNKNOWN, "its data is older than the plan's `rpoSeconds`, a WARN; UNKNOWN if DRS does not tell"
    ),
    FindingCode.SNAPSHOT_MISSING: FindingWords(
        Outcome.FAIL,
        "the server has no recovery snapshot of the `pointInTime` or before, its oldest is named; or it does not replicate and has none at all, which an override must name",
    ),
    FindingCode.SNAPSHOTS_NOT_CHECKED: FindingWords(
        Outcome.UNKNOWN,
        "the recovery snapshots of servers could not be read, or not in time: for a `pointInTime` each is looked up right before its launch, and otherwise launched from what it has",
    ),
    FindingCode.LEFTOVER_INSTANCES: FindingWords(
        Outcome.WARN,
        "servers have recovery instances of earlier launches, which a launch replaces; those that were there before are PREPARED_INSTANCE",
    ),
    FindingCode.LAUNCH_CONFIG_INVALID: FindingWords(
        Outcome.FAIL,
        "DRS or EC2 refused launch settings when they were applied last, or will do so by what is there; WARN if that was more than 15 minutes ago, for it may be put right since",
    ),
    FindingCode.LAUNCH_CONFIG_DRIFT: FindingWords(
        Outcome.FAIL,
        "DRS has other launch settings than servers are to have, or is not known to have these, which the group's `launchConfigPolicy` BLOCK forbids; WARN: they are looked at before the launch, and repaired or told; overridden by name the servers are launched as DRS has them, whatever is found of them later, also with BLOCK; what they are to have for this execution only they have, or are not launched",
    ),
    FindingCode.LAUNCH_CONFIG_NOT_CHECKED: FindingWords(
        Outcome.UNKNOWN,
        "nobody could look at the launch settings that servers have in DRS and EC2, be it that the role may not, that AWS did not answer or wanted fewer calls, or that time was over; each is looked at before its wave all the same, and overridden by this code, or without `codes`, nothing that is found then is accepted; LAUNCH_CONFIG_DRIFT covers it too",
    ),
    FindingCode.SUBNET_MISSING: FindingWords(
        Outcome.FAIL, "a subnet that servers are launched into is not there any more; UNKNOWN if EC2 does not tell"
    ),
    FindingCode.SUBNET_ADDRESSES: FindingWords(
        Outcome.FAIL,
        "a subnet has fewer free addresses than servers that are launched into it up to a wave, those counted that instances of before give back; UNKNOWN if EC2 does not tell",
    ),
    FindingCode.SECURITY_GROUP: FindingWords(
        Outcome.FAIL,
        "a security group of servers is not there any more, or not in the VPC of their subnet; UNKNOWN if EC2 does not tell; WARN where no subnet is named beside them",
    ),
    FindingCode.INSTANCE_TYPE: FindingWords(
        Outcome.FAIL,
        "a type of instance is not offered in the region, or not where the servers' subnet is; UNKNOWN if EC2 does not tell",
    ),
    FindingCode.INSTANCE_PROFILE: FindingWords(
        Outcome.FAIL, "the account has no such instance profile any more; UNKNOWN if IAM does not tell"
    ),
    FindingCode.STATIC_IP: FindingWords(
        Outcome.FAIL,
        "a server cannot have its static address, or the one that DRS would copy from its source, the `reason` says why; UNKNOWN if EC2 does not tell",
    ),
    FindingCode.LAUNCH_INTO_TARGET: FindingWords(
        Outcome.FAIL,
        "servers cannot be launched into the instances that they are to be launched into: there is none or more than one, it is not stopped, lacks the tag, does not fit the server or is another's; `details.servers` has the code and the reason for each; UNKNOWN if EC2 could not be asked; it is never overridden",
    ),
    FindingCode.PREPARED_INSTANCE: FindingWords(
        Outcome.FAIL,
        "an instance that its owner has prepared for launches (the tag `AWSDRS`) may be taken or ended, though no group says so; the `reason` says how, and `details.instances` has the instance of each server; an override covers it only where its `codes` name it",
    ),
    FindingCode.PREPARED_NOT_CHECKED: FindingWords(
        Outcome.UNKNOWN,
        "whether launches take or end instances that their owners have prepared for launches could not be found out: EC2 does not tell of such instances, or DRS not, or not in time, whether it was told to launch these servers into one; an override covers it only where its `codes` name it, or PREPARED_INSTANCE, and accepts nothing of that which is found",
    ),
    FindingCode.TEMPORARY_SETTINGS_LEFT: FindingWords(
        Outcome.WARN,
        "DRS still has launch settings of servers that were there for an earlier execution only, which is named, `details.fields` has the fields of each: they are restored before the launch, and nothing is launched without; FAIL if they could not be restored and will not be by themselves, and overridden the servers are launched with what is left, but never into an instance",
    ),
    FindingCode.LAUNCH_RIGHTS: FindingWords(
        Outcome.UNKNOWN,
        "whether the role may do all that a launch does in EC2, and of extended servers also use the keys of their staging accounts, only a launch proves: never in the way",
    ),
    FindingCode.SERVERS_CHANGED: FindingWords(
        Outcome.WARN,
        "a start would take other servers of the group than the last execution of the plan did: `details` has the first 100 `gained` and `lost`, and how many there are",
    ),
    FindingCode.GROUP_SHRUNK: FindingWords(
        Outcome.WARN,
        "the same of a group that would have less than half of its servers: look at its tags before you start",
    ),
    FindingCode.SERVERS_NOT_COMPARED: FindingWords(
        Outcome.WARN, "of the last execution of the plan it is not known which servers came from which group"
    ),
    FindingCode.TAG_SYNC: FindingWords(
        Outcome.UNKNOWN,
        "of the tag sync: it did not come on in an account and region, also after it was taken up again",
    ),
    FindingCode.ORIGIN_UNKNOWN: FindingWords(
        Outcome.UNKNOWN,
        "of the tag sync: DRS does not say in which account and region the instances are that these servers come from",
    ),
    FindingCode.ORIGIN_NOT_FOUND: FindingWords(
        Outcome.FAIL,
        "of the tag sync: EC2 does not have the instances that these servers come from, or they are terminated; nothing is removed",
    ),
    FindingCode.TAGS_LEFT_OUT: FindingWords(
        Outcome.WARN, "of the tag sync: a server has 50 tags, and those in `details.keys` found no room"
    ),
    FindingCode.TAGS_NOT_TAKEN: FindingWords(
        Outcome.WARN,
        "of the tag sync: `details.keys` have signs that EC2 alone takes in tags, or are longer than 128 characters, or 256 in their values",
    ),
    FindingCode.TAGS_NOT_WRITTEN: FindingWords(
        Outcome.FAIL, "of the tag sync: DRS refused to write these servers' tags; the next run tries again"
    ),
}

REASONS: Final[Mapping[FindingReason, str]] = {
    FindingReason.ACCOUNT_NOT_REGISTERED: "the group's account has no row in the hub",
    FindingReason.ACCOUNT_INACTIVE: "its row says inactive",
    FindingReason.ROLE_NOT_ASSUMABLE: "the role of the account cannot be used",
    FindingReason.NOT_INITIALIZED: "DRS is not initialised in that account and region",
    FindingReason.REGION_NOT_ENABLED: "the account has not enabled the region",
    FindingReason.DENIED: "the role lacks a right",
    FindingReason.THROTTLED: "AWS wanted fewer calls",
    FindingReason.NO_ANSWER: "nobody answered, or not in time",
    FindingReason.REFUSED: "the service failed, or said what nobody can read",
    FindingReason.HELD_BY_EXECUTION: "another execution holds the servers: it cannot be overridden",
    FindingReason.IN_RUNNING_JOB: "a job of DRS works on the servers",
    FindingReason.WAVE_SIZE: "the wave has more servers than may be in jobs at once",
    FindingReason.JOBS_AT_ONCE: "the jobs at once leave no room now",
    FindingReason.SERVERS_IN_ALL_JOBS: "the servers in jobs leave no room now",
    FindingReason.NOT_READ: "Service Quotas could not be asked, the message says why: what it said before or is documented counts, and DRS refuses what is too much; AccessDenied is a role without `servicequotas:ListServiceQuotas`",
    FindingReason.NOTHING_TO_LAUNCH: "the servers do not replicate and have no recovery snapshot, or their extension cannot be used: an override covers it only where its `codes` name SNAPSHOT_MISSING, or EXTENSION_UNUSABLE",
    FindingReason.SECURITY_GROUPS_NOT_FOUND: "the account has no such security group in the region",
    FindingReason.SECURITY_GROUPS_WRONG_VPC: "it is in another VPC than the subnet, or than the first group",
    FindingReason.IP_NOT_PRIVATE: "the address is not private",
    FindingReason.IP_OUT_OF_RANGE: "the address is not in the subnet",
    FindingReason.IP_RESERVED: "AWS keeps the address for itself",
    FindingReason.IP_IN_USE: "a network interface has the address, which no instance holds that the launch replaces",
    FindingReason.DUPLICATE_IP: "several servers of the plan are to have the address",
    FindingReason.MISSING_SUBNET: "nobody says in which subnet the address is; or, a WARN, where the security groups are used",
    FindingReason.TOLD_BY_OTHERS: "DRS was told, and not by a group, to launch the servers into these instances: say it in the servers' settings, or take it out in DRS",
    FindingReason.TAG_COPIED: "the source servers carry the tag `AWSDRS`, and `copyTags` gives it to the instances that a launch makes, which look as if they were prepared then: take it off the source servers in DRS, or set `copyTags` to false",
    FindingReason.LAUNCHED_INTO_BEFORE: "the servers were launched into these instances before and are not to be now: DRS may end their present instance. Disconnect and delete the recovery instance in DRS, which leaves the instance, or launch into it again",
    FindingReason.LENT_SETTINGS: "what the servers are to have for this execution only, such as an instance to launch into, cannot be put there while nobody can look at what is there; overridden, the execution begins, and the servers are launched with it or not at all",
}
