"""Where DRS exists, by botocore's own table."""

from functools import cache

import botocore.session


@cache
def drs_regions() -> frozenset[str]:
    """Every region of every partition in which AWS offers DRS."""
    session = botocore.session.get_session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("drs", partition)
    )
