"""What a staging account does for the launch of extended servers, as it is shown beside the launch."""

from shared.models.base import Instant, Model
from shared.models.drs import JobStatus
from shared.models.targets import AccountId, Region


class StagingJob(Model):
    """A job CREATE_CONVERTED_SNAPSHOT: what the servers of the launch `launch_job_id` are launched from.

    `server_ids` are these servers by their ids in the target account, `failed_server_ids` those whose snapshot failed.
    """

    job_id: str
    launch_job_id: str
    account_id: AccountId
    region: Region
    status: JobStatus
    created_at: Instant | None
    ended_at: Instant | None
    server_ids: tuple[str, ...]
    failed_server_ids: tuple[str, ...]


class UnreadStaging(Model):
    """A staging account in a region whose jobs could not be read, which says nothing about them."""

    account_id: AccountId
    region: Region
    error: str
    message: str


class WaveStaging(Model):
    """What staging accounts do for the servers of a wave, as far as they say."""

    jobs: tuple[StagingJob, ...] = ()
    unread: tuple[UnreadStaging, ...] = ()
