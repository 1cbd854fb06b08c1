"""Joins the deployer with AWS."""

from pathlib import Path
from typing import Final

from frontend_deployer.deployer import Deployer
from shared.aws.console_hosting import BucketGateway, DistributionGateway, StackGateway
from shared.cross_account import hub_client
from shared.observability import observe
from shared.settings import FrontendDeployerSettings

CONSOLE: Final = Path(__file__).resolve().parents[1] / "console"
"""The pages, in the zip beside this package."""


def deployer(settings: FrontendDeployerSettings) -> Deployer:
    """Bucket, distribution and stacks of the function's own account and region."""
    return Deployer(
        console=CONSOLE,
        bucket=BucketGateway(hub_client("s3", settings.region)),
        distribution=DistributionGateway(hub_client("cloudfront", settings.region)),
        stacks=StackGateway(hub_client("cloudformation", settings.region)),
        logger=observe(settings.powertools_service_name, settings.log_level).logger,
    )
