"""The requirements: which there are, which are not built, and which something else than a test holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.operations import Operation
from tools.contract.markdown import code, table

PRODUCT: Final = "docs/requirements/PRODUCT_REQUIREMENTS_DOCUMENT.md"
SOFTWARE: Final = "docs/requirements/SOFTWARE_REQUIREMENTS_SPECIFICATION.md"
CONSOLE: Final = "docs/requirements/UX_UI_DESIGN_SPECIFICATIONS.md"
DOCUMENTS: Final = (PRODUCT, SOFTWARE, CONSOLE)

FUNCTIONS: Final = (
    "list_protection_groups",
    "create_protection_group",
    "resolve_protection_group_tags",
    "get_protection_group",
    "update_protection_group",
    "delete_protection_group",
    "apply_launch_configs",
    "get_launch_config_status",
    "get_server_launch_config",
    "update_server_launch_config",
    "delete_server_launch_config",
    "validate_static_ip",
    "bulk_update_server_configs",
    "get_server_config_history",
    "list_recovery_plans",
    "create_recovery_plan",
    "get_recovery_plan",
    "update_recovery_plan",
    "delete_recovery_plan",
    "check_existing_instances",
    "preflight_recovery_plan",
    "list_executions",
    "start_execution",
    "delete_executions",
    "get_execution",
    "pause_execution",
    "resume_execution",
    "cancel_execution",
    "retry_wave",
    "skip_wave",
    "terminate_instances",
    "get_termination_status",
    "get_recovery_instances",
    "get_job_logs",
    "get_execution_events",
    "get_drs_source_servers",
    "get_source_server_inventory",
    "list_drs_jobs",
    "get_drs_quotas",
    "trigger_tag_sync",
    "get_tag_sync_status",
    "list_target_accounts",
    "add_target_account",
    "get_target_account",
    "update_target_account",
    "delete_target_account",
    "validate_target_account",
    "get_current_account",
    "validate_staging_account",
    "add_staging_account",
    "remove_staging_account",
    "discover_staging_accounts",
    "sync_staging_accounts",
    "get_combined_capacity",
    "get_all_capacity",
    "get_ec2_subnets",
    "get_ec2_security_groups",
    "get_ec2_instance_profiles",
    "get_ec2_instance_types",
    "export_configuration",
    "import_configuration",
    "get_tag_sync_settings",
    "update_tag_sync_settings",
    "get_user_permissions",
    "health",
)
"""The numbered functions: each keeps its number, a new one gets the next."""


@dataclass
class Requirements:
    """What the documents say: sentences by id, and reasons by id."""

    built: dict[str, str] = field(default_factory=dict)
    not_built: dict[str, str] = field(default_factory=dict)
    held_otherwise: dict[str, str] = field(default_factory=dict)

    @property
    def every(self) -> Mapping[str, str]:
        """All of them, also what is not built."""
        return {**self.built, **self.not_built}


def functions_section(operations: Sequence[Operation]) -> str:
    """The table of the functions; ValueError for a number without an operation."""
    declared = {one.name: one for one in operations}
    if gone := sorted(set(FUNCTIONS) - set(declared)):
        raise ValueError(f"numbered, and no operation: {', '.join(gone)}")
    rows = [
        (f"SRS-F{number:02}", f"{code(name)}: {declared[name].summary.removesuffix('.')}", code(str(one)))
        for number, name in enumerate(FUNCTIONS, start=1)
        for one in declared[name].routes[:1]
    ]
    return table(("id", "requirement", "route"), rows)


def read(texts: Iterable[str]) -> Requirements:
    """What the tables of these documents say; ValueError for an id that is defined twice, or a reason for none."""
    found = Requirements()
    for text in texts:
        for columns, cells in _rows(text):
            if columns[0] == "id" and columns[1] == "requirement":
                _add(found.built, cells)
            elif columns[0] == "not built":
                _add(found.not_built, cells)
            elif columns[0] == "held otherwise":
                _add(found.held_otherwise, cells)
    if twice := sorted(set(found.built) & set(found.not_built)):
        raise ValueError(f"built and not built: {', '.join(twice)}")
    if unknown := sorted(set(found.held_otherwise) - set(found.built)):
        raise ValueError(f"held otherwise, and required nowhere: {', '.join(unknown)}")
    return found


def _add(into: dict[str, str], cells: Sequence[str]) -> None:
    if cells[0] in into:
        raise ValueError(f"{cells[0]} is there twice")
    into[cells[0]] = cells[1]


def _rows(text: str) -> Iterable[tuple[list[str], list[str]]]:
    columns: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            columns = []
        elif not columns:
            columns = _cells(line)
        elif not line.startswith("|---"):
            yield columns, _cells(line)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split(" | ")]
