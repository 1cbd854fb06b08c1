"""Makes a new launch template version start from its source version."""

import importlib
from copy import deepcopy
from typing import Any

from local.moto_patches.patches import Patches


def install(patches: Patches) -> None:
    """moto ignores SourceVersion, so that a new version has only the named fields; AWS adds them to the source's.

    A source version that does not exist is refused.
    """
    if not patches.begin(__name__):
        return
    templates = importlib.import_module("moto.ec2.responses.launch_templates").LaunchTemplates

    def create_launch_template_version(self: Any) -> Any:
        source = self._get_param("SourceVersion")
        if source:
            given = self._get_param("LaunchTemplateData", {})
            self.params["LaunchTemplateData"] = {**deepcopy(_template(self).get_version(source).data), **given}
        return real(self)

    real = patches.replace(templates, "create_launch_template_version", create_launch_template_version)


def _template(response: Any) -> Any:
    identifier = response._get_param("LaunchTemplateId")
    if identifier:
        return response.ec2_backend.get_launch_template(identifier)
    return response.ec2_backend.get_launch_template_by_name(response._get_param("LaunchTemplateName"))
