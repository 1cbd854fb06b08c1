"""AWS Elastic Disaster Recovery, simulated: an in-process object and an HTTP service with the same behaviour."""

from local.drs_simulator.clock import Clock
from local.drs_simulator.credentials import access_key_for, account_of_key
from local.drs_simulator.ec2 import Ec2, Ec2RefusedError, InMemoryEc2, LaunchOrder
from local.drs_simulator.errors import DrsError
from local.drs_simulator.estate import DiskSpec, DocumentError, ReplicationSpec, SourceServerSpec
from local.drs_simulator.faults import FaultPlan, read_fault_plan
from local.drs_simulator.messages import HttpRequest, HttpResponse
from local.drs_simulator.settings import PageSizes, Quirks, Quotas, Rate, RateLimits, Settings, Timings
from local.drs_simulator.simulator import Simulator
from local.drs_simulator.status_checks import InstanceStatus

__all__ = [
    "Clock",
    "DiskSpec",
    "DocumentError",
    "DrsError",
    "Ec2",
    "FaultPlan",
    "HttpRequest",
    "HttpResponse",
    "InMemoryEc2",
    "InstanceStatus",
    "LaunchOrder",
    "Ec2RefusedError",
    "PageSizes",
    "Quirks",
    "Quotas",
    "Rate",
    "RateLimits",
    "ReplicationSpec",
    "Settings",
    "Simulator",
    "SourceServerSpec",
    "Timings",
    "access_key_for",
    "account_of_key",
    "read_fault_plan",
]
