"""What a server is launched with: its own settings, where it has any, over those of its group."""

from shared.models.launch_config import LaunchConfig, ServerLaunchConfig


def effective_settings(group: LaunchConfig | None, own: LaunchConfig | None) -> ServerLaunchConfig:
    """The server's non-null fields lie over the group's; what neither says stays as DRS has it."""
    said = [{} if each is None else each.model_dump(exclude_none=True) for each in (group, own)]
    return ServerLaunchConfig.model_validate({**said[0], **said[1]})
