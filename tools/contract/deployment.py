"""The deployment of the API: a copy of it, so that another API is another deployment, under another logical name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

PATH: Final = "cfn/api-gateway-deployment-stack.yaml"
CORE: Final = "cfn/api-gateway-core-stack.yaml"

_NAME: Final = re.compile(r"\bApiDeployment[0-9a-f]{12}(?=[AB]?\b)")


def text(template: str, parts: Iterable[str]) -> str:
    """The template with the name that belongs to it and to these parts of the API; ValueError without a deployment."""
    whole = [_NAME.sub("ApiDeployment", template), *parts]
    digest = hashlib.sha256("\0".join(whole).encode()).hexdigest()[:12]
    named, count = _NAME.subn(f"ApiDeployment{digest}", template)
    if count == 0:
        raise ValueError(f"{PATH} has no deployment whose name ends in a hash")
    return named
