"""The operations of DRS that the simulator has, by name."""

from collections.abc import Callable, Mapping
from typing import Any

from local.drs_simulator.operations import configuration, extension, instances, jobs, recovery, servers, service, tags
from local.drs_simulator.state import Cell
from local.drs_simulator.world import World

Handler = Callable[[World, Cell, dict[str, Any]], dict[str, Any]]

HANDLERS: Mapping[str, Handler] = {
    "DescribeSourceServers": servers.describe_source_servers,
    "DescribeRecoverySnapshots": servers.describe_recovery_snapshots,
    "StartRecovery": recovery.start_recovery,
    "TerminateRecoveryInstances": recovery.terminate_recovery_instances,
    "DescribeJobs": jobs.describe_jobs,
    "DescribeJobLogItems": jobs.describe_job_log_items,
    "DescribeRecoveryInstances": instances.describe_recovery_instances,
    "DisconnectRecoveryInstance": instances.disconnect_recovery_instance,
    "DeleteRecoveryInstance": instances.delete_recovery_instance,
    "GetLaunchConfiguration": configuration.get_launch_configuration,
    "UpdateLaunchConfiguration": configuration.update_launch_configuration,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsForResource": tags.list_tags_for_resource,
    "CreateExtendedSourceServer": extension.create_extended_source_server,
    "ListStagingAccounts": extension.list_staging_accounts,
    "ListExtensibleSourceServers": extension.list_extensible_source_servers,
    "GetReplicationConfiguration": extension.get_replication_configuration,
    "InitializeService": service.initialize_service,
}
