"""What a start costs does not grow with its waves, and little with its accounts."""

from shared.models.launch_config import LaunchConfig
from tests.support.ec2_choices import GROUPS, PROFILES, SUBNETS, TYPES
from tests.support.thrift import calls_of_a_start


def test_a_start_of_three_waves_takes_at_most_30_calls_of_aws_and_5_more_in_a_third_account() -> None:
    calls, in_three = calls_of_a_start(accounts=2, waves=3), calls_of_a_start(accounts=3, waves=3)

    assert calls.total() <= 30, calls
    assert in_three.total() <= 35, in_three
    assert (in_three["STS"], in_three["Step Functions"]) == (3, 1)


def test_each_further_account_costs_its_role_servers_jobs_quotas_and_prepared_instances() -> None:
    two, five = calls_of_a_start(accounts=2, waves=10), calls_of_a_start(accounts=5, waves=10)

    assert five - two == {"DRS": 6, "STS": 3, "Service Quotas": 3, "EC2 and IAM": 3}


def test_further_waves_in_the_same_accounts_cost_nothing() -> None:
    assert calls_of_a_start(accounts=2, waves=2) == calls_of_a_start(accounts=2, waves=30)


def test_what_servers_are_launched_with_costs_a_look_at_each_and_a_call_of_each_kind_in_each_account() -> None:
    config = LaunchConfig(
        subnet_id=SUBNETS[0], security_group_ids=GROUPS, instance_type=TYPES[0], instance_profile_name=PROFILES[0]
    )

    servers = 2 * 4

    plain, configured = calls_of_a_start(2, 4), calls_of_a_start(2, 4, config)

    assert configured - plain == {"DRS": servers, "EC2 and IAM": 2 * (4 + 1), "DynamoDB": 1}, (
        "its longer answer is kept apart"
    )
