"""What of the environment of whoever starts a local system concerns it: nothing that is said to AWS's clients."""

import os
from typing import Final

_PREFIX: Final = "AWS_"

_OWN: Final = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""No file of a person's home and no metadata service says it either."""


def forget_aws() -> None:
    """Take endpoints, keys, session, profile and region of AWS out of this process's environment, and its children's.

    A terminal may have those of a real account, or of another local system, which the state machine would call.
    """
    for name in [name for name in os.environ if name.startswith(_PREFIX)]:
        del os.environ[name]
    os.environ.update(_OWN)
