"""Where DRS exists, by botocore's own table."""

from functools import cache

import botocore.session


@cache
def drs_regions(partition: str | None = None) -> frozenset[str]:
    """Every region in which AWS offers DRS, of one partition or of all."""
    session = botocore.session.get_session()
    return frozenset(
        region
        for partition in ([partition] if partition else session.get_available_partitions())
        for region in session.get_available_regions("drs", partition)
    )
