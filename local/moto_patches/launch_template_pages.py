"""Pages of launch templates and of their versions."""

import importlib
from typing import Any, Final

from moto.core.responses import ActionResult

from local.moto_patches.patches import Patches

LONGEST: Final = 200
"""MaxResults of both, and the length of a page without it (EC2 API reference)."""

_EVERYTHING: Final = 10**9


def install(patches: Patches) -> None:
    """moto cuts both listings off after 15 entries, or after MaxResults, and has no NextToken.

    A launch template that was named by its id and does not exist is refused, as in AWS; moto leaves it out.
    """
    if not patches.begin(__name__):
        return
    templates = importlib.import_module("moto.ec2.responses.launch_templates").LaunchTemplates

    def describe_launch_templates(self: Any) -> Any:
        for template_id in self._get_param("LaunchTemplateIds", []):
            self.ec2_backend.get_launch_template(template_id)
        return _page(self, describe_all, "LaunchTemplates")

    def describe_launch_template_versions(self: Any) -> Any:
        return _page(self, describe_versions, "LaunchTemplateVersions")

    describe_all = patches.replace(templates, "describe_launch_templates", describe_launch_templates)
    describe_versions = patches.replace(
        templates, "describe_launch_template_versions", describe_launch_template_versions
    )


def _page(response: Any, real: Any, name: str) -> Any:
    length = response._get_int_param("MaxResults", LONGEST)
    start = int(response._get_param("NextToken") or 0)
    response.params["MaxResults"] = _EVERYTHING
    everything = real(response).result[name]
    more = {"NextToken": str(start + length)} if start + length < len(everything) else {}
    return ActionResult({name: everything[start : start + length], **more})
