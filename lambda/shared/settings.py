"""The only reader of the environment: each function's settings, named, frozen, complete or refused at start."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.models.targets import AccountId, Region
from shared.roles import Role

Name = Annotated[str, StringConstraints(min_length=1)]


class SettingsError(Exception):
    """The environment lacks a variable, or has one that cannot be used; the message names them all."""


class _Part(BaseModel):
    """Some variables that functions need; the validator is built for the one function that runs, when it reads them."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


class Settings(_Part):
    """What every function needs; a field's name in capitals is its variable."""

    project_name: Name
    environment: Name
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
    region: Region
    hub_account_id: AccountId
    powertools_service_name: Name

    @classmethod
    def variables(cls) -> frozenset[str]:
        """The variables that this function reads."""
        return frozenset(name.upper() for name in cls.model_fields)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the environment; SettingsError names every variable that is missing or unusable."""
        source = os.environ if environ is None else environ
        try:
            return cls.model_validate({name.lower(): source[name] for name in cls.variables() if name in source})
        except ValidationError as error:
            faults = "; ".join(f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
            raise SettingsError(f"{cls.__name__} cannot be read from the environment: {faults}") from error


class AccountTable(_Part):
    """The table of target accounts."""

    target_accounts_table: Name


class GroupTable(_Part):
    """The table of protection groups."""

    protection_groups_table: Name


class ConfigurationTables(GroupTable, AccountTable):
    """The tables of groups, plans and accounts."""

    recovery_plans_table: Name


class ExecutionTable(_Part):
    """The table of executions."""

    execution_history_table: Name


class StateMachine(_Part):
    """The state machine whose runs are started and asked after."""

    state_machine_arn: Name


class Topic(_Part):
    """The notification topic."""

    notification_topic_arn: Name


class Configurator(_Part):
    """data-management-handler: what it itself hands on, and what the engine asks before a wave."""

    data_management_handler_function: Name


class Doors(_Part):
    """The role that direct callers of an API handler have, whom IAM lets in, and the console's origin, if there is one.

    A browser lets a page of that origin alone read answers of the API.
    """

    direct_invocation_role: Role = Role.ADMIN
    console_origin: Annotated[str, StringConstraints(pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+)?$")] = ""


class ApiSettings(Doors, ExecutionTable, ConfigurationTables, Settings):
    """What every function of the API needs."""


class QuerySettings(ApiSettings):
    """query-handler."""


class DataManagementSettings(Configurator, Topic, ApiSettings):
    """data-management-handler, which hands long work to itself."""


class ExecutionSettings(StateMachine, ApiSettings):
    """execution-handler."""


class OrchestrationSettings(Configurator, StateMachine, ExecutionTable, GroupTable, AccountTable, Settings):
    """orchestration-stepfunctions; `launch_stagger_seconds` lie between two launches in one account and region."""

    notification_formatter_function: Name
    launch_stagger_seconds: Annotated[int, Field(ge=0, le=300)]


class FrontendDeployerSettings(Settings):
    """frontend-deployer, which CloudFormation tells the rest."""


class NotificationSettings(Topic, ExecutionTable, Settings):
    """notification-formatter; `ops_items`: whether an execution that failed has an OpsItem."""

    ops_items: bool
