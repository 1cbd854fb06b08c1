"""Fails when checkov finds something about the templates that has no reason here, or a reason has nothing to excuse.

    python -m tools.check_security CHECKOV

CHECKOV is the program, which lives in an environment of its own. What it did not read is a finding too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

CFN: Final = Path(__file__).resolve().parents[1] / "cfn"

_FUNCTIONS: Final = (
    "DataManagementHandlerFunction",
    "ExecutionHandlerFunction",
    "FrontendDeployerFunction",
    "NotificationFormatterFunction",
    "OrchestrationStepFunctionsFunction",
    "QueryHandlerFunction",
)


@dataclass(frozen=True)
class Reason:
    """Why something that checkov finds stays as it is, and where alone."""

    why: str
    at: tuple[str, ...]


REASONS: Final[Mapping[str, Reason]] = {
    "CKV_AWS_18": Reason(
        "the bucket of logs has no log of its own: it would be one more, without an end", ("LogBucket",)
    ),
    "CKV_AWS_21": Reason(
        "pages are made anew from their zip and logs expire: an older version of either is of no use",
        ("FrontendBucket", "LogBucket"),
    ),
    "CKV_AWS_59": Reason(
        "GET /health is for everybody, and only that (and OPTIONS, which browsers send without a token)", ("GetHealth",)
    ),
    "CKV_AWS_86": Reason(
        "it is logged unless LogsConsole says no, as where CloudFront writes to no bucket; checkov reads no condition",
        ("Distribution",),
    ),
    "CKV_AWS_116": Reason(
        "EventInvokeConfig says where a failure waits; what may hold an external id waits nowhere", _FUNCTIONS
    ),
    "CKV_AWS_117": Reason(
        "the functions call services of AWS alone, in many regions, and reach nothing in a network", _FUNCTIONS
    ),
    "CKV_AWS_120": Reason(
        "an answer of the API is of this moment and of this caller: a cache would show another's", ("ApiStage",)
    ),
}
"""What checkov finds and stays: none is of an unconstrained write on IAM, an open bucket or another open method."""


def complaints(report: Mapping[str, Any], resources: int, reasons: Mapping[str, Reason] = REASONS) -> list[str]:
    """One sentence for each finding without a reason, each reason without a finding, and whatever was not read."""
    found = {
        (check["check_id"], check["resource"].rpartition(".")[2]): check for check in report["results"]["failed_checks"]
    }
    excused = {(check, name) for check, reason in reasons.items() for name in reason.at}
    told = [
        f"{check}: {name} of {found[check, name]['file_path'].lstrip('/')}: {found[check, name]['check_name']}"
        for check, name in sorted(found.keys() - excused)
    ]
    told += [
        f"{check}: is not found at {name} any more: its reason goes" for check, name in sorted(excused - found.keys())
    ]
    return [*told, *_unread(report["summary"], resources)]


def _unread(summary: Mapping[str, Any], resources: int) -> Iterator[str]:
    """Whether anything was kept from checkov."""
    if summary["parsing_errors"] or summary["resource_count"] != resources:
        read, errors = summary["resource_count"], summary["parsing_errors"]
        yield f"checkov read {read} of {resources} resources, with {errors} errors"
    if summary["skipped"]:
        yield f"{summary['skipped']} findings are left out inside the templates: their reasons belong here"


def resources_in(folder: Path) -> int:
    """How many resources the templates of a folder have."""
    return sum(len(_resources(path)) for path in folder.glob("*.yaml"))


class _AnyTag(yaml.SafeLoader):
    """Reads templates without their intrinsic functions."""


_AnyTag.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def _resources(path: Path) -> Mapping[str, Any]:
    resources: Mapping[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _AnyTag)["Resources"]  # noqa: S506
    return resources


def run(checkov: str) -> Mapping[str, Any]:
    """What checkov says of the templates; it asks nobody on the network."""
    command = [checkov, "--directory", str(CFN), "--framework", "cloudformation", "--output", "json"]
    quiet = {**os.environ, "LOG_LEVEL": "ERROR"}
    ran = subprocess.run(
        [*command, "--quiet", "--compact", "--skip-download"], env=quiet, capture_output=True, text=True, check=False
    )
    if ran.returncode not in (0, 1):
        raise SystemExit(f"checkov ended with {ran.returncode}: {ran.stderr}")
    report: Mapping[str, Any] = json.loads(ran.stdout)
    return report


def main(words: list[str]) -> int:
    """0 if everything that checkov finds has its reason; 1 with the others."""
    report = run(words[0])
    told = complaints(report, resources_in(CFN))
    for line in told:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(
        f"security: {report['summary']['passed']} checks passed, {len(REASONS)} reasons, {len(told)} complaints\n"
    )
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
