"""The numbers of the engine, in engine seconds unless said otherwise; sources are engine.md and AWS's quotas."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

JUDGEMENT_GRACE: Final = timedelta(minutes=5)
"""How long a COMPLETED job may still lack a server's verdict or its recovery instance."""

UNREAD_GRACE: Final = timedelta(minutes=5)
"""So long after its drain a job of which something is not known is asked for again: no failed answer decides alone."""

LOOK_PATIENCE: Final = timedelta(minutes=5)
"""So long a verdict, or the end, waits for steps that have time to look at what late jobs have done. It is our choice:
each account and region is asked first once in a few steps.
"""

HEALTH_GRACE: Final = timedelta(minutes=15)
"""How long an instance may take to pass its status checks; EC2 itself needs about 2 minutes."""

AGENT_GRACE: Final = timedelta(minutes=15)
"""How long SSM may refuse commands for an instance that EC2 finds well; its agent may register minutes later."""

ALARM_GRACE: Final = timedelta(minutes=15)
"""How long a wave's alarms may take to be OK once its servers are well: three periods of the usual five minutes."""

STATUS_CHECK_TIME: Final = timedelta(seconds=121)
"""EC2's first status checks of a new instance take about 120 s."""

ADOPTION_WINDOW: Final = timedelta(minutes=5)
"""How far before the intent a listing begins that looks for our job."""

CLOCK_SKEW: Final = timedelta(seconds=35)
"""How much earlier than our intent DRS's clock may date our call."""

LOST_RETRY: Final = timedelta(minutes=3)
"""How long a server is left alone whose launch was lost in a try of its wave, doubled for each loss but the first."""

LONGEST_LOST_RETRY: Final = timedelta(minutes=30)
"""It does not grow beyond that: whoever mends DRS, or the way there, does not wait for long."""

LOST_LOOK: Final = 0.1
"""So much of the time since its call passes until the job of a lost launch is looked for again: a late one is found
before it is a tenth later, in some sixty looks."""

LOST_LOOKED_FOR: Final = timedelta(days=1)
"""For so long after its call nothing else needs to be awaited: AWS takes a signed call for five minutes."""

LOSS_SPACING: Final = timedelta(seconds=30)
"""How long after a call that was lost the next is made for any server in its account and region whose launch was lost:
twice as long for every LOSSES_TO_DOUBLE launches of the execution that are lost or in doubt.
"""

LOSSES_TO_DOUBLE: Final = 64
"""Each of them is watched to the end, and its id is in the header: in a week, the longest deadline, they are less than
900, or 40 KB, beside the first call of each pack.
"""

TERMINATION_RETRY: Final = timedelta(minutes=1)
"""After a failed termination of an instance until it is called for again; twice as long after each further one."""

LONGEST_TERMINATION_RETRY: Final = timedelta(minutes=30)
"""It does not grow beyond that: whoever takes a protection off does not wait for long."""

TERMINATION_PATIENCE: Final = timedelta(hours=6)
"""A termination that achieves and learns nothing for so long ends: as long as a wave's jobs are drained."""

GATE_LIFE: Final = timedelta(days=364)
"""A gate expires within the one year that Step Functions lets a run live."""

USUAL_JOB_SECONDS: Final = 600.0
"""How long a launch job takes where no earlier one tells."""

FIRST_LOOK: Final = 0.9
"""At which part of the usual time a job is looked at first, where its end will be told by an event."""

PAST_JOBS: Final = 20
"""So many of an account's latest launch jobs tell how long one takes there."""

SETTINGS_TRUST: Final = timedelta(minutes=15)
"""How long a look at launch settings is believed: whoever edits them in DRS meanwhile is found out by the next."""

SETTINGS_FRESH: Final = SETTINGS_TRUST / 3
"""A look that found them right so long before the next one is asked for answers that one too."""

TRUST_WALL_SECONDS: Final = 120
"""Where time runs faster than we do it is believed at least so long: two looks of a minute."""

SETTINGS_AGAIN: Final = timedelta(minutes=1)
"""Settings that could not be read or written are looked at again after so long."""

SETTINGS_LOOK: Final = 0.1
"""Or, if it is longer, after so much of the time for which nobody could."""

LONGEST_SETTINGS_AGAIN: Final = timedelta(minutes=5)
"""It does not grow beyond that: whoever gives a role its rights back does not wait for long."""

SETTINGS_TOLD: Final = timedelta(minutes=2)
"""A wave that waits for its launch settings for so long says so."""

SETTINGS_POLL_SECONDS: Final = 5
"""How often is looked whether they are verified: a read of our own table."""

SNAPSHOT_TRUST: Final = timedelta(seconds=60)
"""How long the choice of a recovery snapshot holds: DRS's own policy drops one of each server every ten minutes."""

EVENT_POLL_SECONDS: Final = 2
EVENT_FAST_FOR: Final = timedelta(seconds=12)
"""After the event of a job's last server its end is near: looked at often, for a short while."""

HEARD_POLL_SECONDS: Final = 60
OUTCOMES_PER_STEP: Final = 20
"""Of so many launches one step records what became of them: a handful of writes for each, told in the same step."""

POLL_SECONDS: Final = 30
DOUBT_POLL_SECONDS: Final = 5
DRAINED_POLL_SECONDS: Final = 600
"""A job that should have been over long ago, while somebody else is waited for, is looked at this seldom."""
CHECK_POLL_SECONDS: Final = 3
CHECK_FAST_FOR: Final = timedelta(seconds=30)
LONGEST_WAIT_SECONDS: Final = 30 * 24 * 3600


@dataclass(frozen=True)
class WallBounds:
    """Bounds on our own slowness: wall seconds, expressed in engine time by the clock."""

    not_after: timedelta
    """From the intent until the call may no longer be sent: 20 s."""
    creation: timedelta
    """From there until a job of a call that was sent in time has surely been created: 100 s."""
    doubt: timedelta
    """From there until a listing that shows no job proves that there is none: 65 + 90 s."""
    pending: timedelta
    """How long an execution may wait for its first step: 300 s."""
    settings: timedelta
    """From asking for a look at launch settings until it is asked for again if nobody answers: 60 s."""
    settings_trust: timedelta
    """How long a look is believed: `SETTINGS_TRUST`, but longer than two looks take, 120 s."""
