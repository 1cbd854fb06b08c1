"""The rows of the tag sync hold their contract."""

from tests.support.store_contract.tag_sync import TagSyncContract


class TestTagSync(TagSyncContract):
    """Settings, the newest run, and what is ours."""
