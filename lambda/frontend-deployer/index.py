"""Entry of the function that publishes the console: hands every request of CloudFormation over, and its answer back."""

from functools import cache
from typing import Any

from frontend_deployer.answering import Waiting, tell
from frontend_deployer.deployer import Deployer
from frontend_deployer.requests import LambdaTime
from frontend_deployer.sending import put
from frontend_deployer.wiring import deployer
from shared.settings import FrontendDeployerSettings


@cache
def app() -> Deployer:
    """The deployer of this process, built on first use."""
    return deployer(FrontendDeployerSettings.from_env())


def lambda_handler(event: dict[str, Any], context: LambdaTime) -> dict[str, str]:
    """Publish, or take away; CloudFormation is answered whatever happens, a function that cannot start included."""

    def work(waiting: Waiting) -> Any:
        return app().carry_out(event, waiting)

    return tell(event, context.get_remaining_time_in_millis() / 1000, put, work)
