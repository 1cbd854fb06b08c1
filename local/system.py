"""The local system: AWS by moto, DRS by our simulator, and every function in a process of its own."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

from local.accounts import HUB_ACCOUNT, Accounts, session_credentials
from local.api.definition import Apis
from local.api.gateway import ApiGateway
from local.api.server import ApiServer
from local.clock import ClockDescription, LocalClock
from local.cloud import Cloud
from local.cloudformation.template import Place
from local.console.headers import response_headers
from local.console.pages import ConsolePages
from local.console.server import ConsoleServer
from local.drs_door import DrsDoor, DrsFactory, SimulatedDrs, Surroundings, simulated_drs
from local.drs_simulator import Simulator
from local.function_gateway import ApiBackend, ProcessGateway
from local.function_process import ROOT, RuntimeSettings
from local.functions import Functions
from local.logs import logged_to
from local.mails import Mail, Outbox
from local.moto_patches import (
    event_delivery,
    instance_status,
    lambda_invoke,
    service_quotas,
    subscribing,
    subscriptions,
)
from local.networks import furnish
from local.packages import Packages, unpacked
from local.schedules import Schedules
from local.stacks import (
    MASTER,
    TARGET_STACK,
    Deployment,
    StackContext,
    TargetAccount,
    declared,
    deploy_hub,
    deploy_target,
    function_folder,
)
from local.state_folder import state_folder

HUB_REGION: Final = "us-east-1"

HERE: Final[Mapping[str, Any]] = {"SourceBucket": "local", "AdminEmail": "", "DeployFrontend": "false"}
"""What the hub's stack is given if the blueprint says nothing else: nothing lies in S3, and no console is made."""

CONSOLE_TEMPLATE: Final = "frontend-stack*.yaml"
"""With its hash if it is a built one."""


@dataclass(frozen=True)
class Ports:
    """Ports of the four doors; 0 takes a free one."""

    aws: int = 0
    drs: int = 0
    api: int = 0
    console: int = 0


@dataclass(frozen=True)
class Blueprint:
    """What is deployed: the templates, the functions' code, the parameters and the target accounts.

    With `packages`, the folder that `make package` built into, its templates are deployed and its zips are served.
    `console` is the folder of the built console, instead of which that of the packages is served; without one nothing
    of it is served, and no origin may call the API.
    """

    templates: Path = ROOT / "cfn"
    master: str = MASTER
    target_stack: str = TARGET_STACK
    functions: Path = ROOT / "lambda"
    packages: Path | None = None
    project: str = "aws-drs-orchestration"
    environment: str = "dev"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    targets: Sequence[TargetAccount] = ()
    console: Path | None = None

    def name(self, what: str) -> str:
        """The real name of a resource."""
        return f"{self.project}-{what}-{self.environment}"


class FunctionFailedError(Exception):
    """A function answered with a FunctionError; `payload` is Lambda's error document."""

    def __init__(self, function: str, payload: Any) -> None:
        super().__init__(f"{function}: {payload}")
        self.payload = payload


class LocalSystem:
    """One running system; a context manager that leaves no process and no thread behind.

    `scale` is engine seconds per real second. `state_dir` holds mails/ and logs/, for one system at a time; without it
    they are temporary.
    """

    def __init__(
        self,
        scale: float = 60.0,
        *,
        drs: DrsFactory | None = None,
        blueprint: Blueprint | None = None,
        ports: Ports | None = None,
        state_dir: Path | None = None,
    ) -> None:
        self.clock = LocalClock(ClockDescription.starting_now(scale))
        self.blueprint = blueprint or Blueprint()
        self.hub = Place(HUB_ACCOUNT, HUB_REGION)
        self._ports = ports or Ports()
        self._drs_factory = drs or simulated_drs()
        self._state_dir = state_dir
        self._console: ConsoleServer | None = None
        self._cleanup = ExitStack()
        self._functions_cleanup = ExitStack()
        self.started_in = 0.0
        """How many real seconds the start took."""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Starts everything; what was started is stopped again if a later part fails.

        StateFolderError if `state_dir` cannot be used, PackagesError if the zips cannot.
        """
        began = time.monotonic()
        try:
            self._start()
        except BaseException:
            self._cleanup.close()
            raise
        self.started_in = time.monotonic() - began
        return self

    def stop(self) -> None:
        """Ends every process and thread; all state but the files in `state_dir` is gone."""
        self._cleanup.close()

    @property
    def endpoint(self) -> str:
        """The URL of every service but DRS."""
        return self._cloud.endpoint

    @property
    def drs_endpoint(self) -> str:
        """The URL of DRS."""
        return self.drs.url

    @property
    def api_endpoint(self) -> str | None:
        """The URL of the API with its stage, as AWS's ApiEndpoint; none if nothing is deployed that has one."""
        stages = list(self._apis.stages)
        return f"{self._api.url}/{stages[0]}" if stages else None

    @property
    def console_endpoint(self) -> str | None:
        """The origin of the console; none if it is not served."""
        return self._console.url if self._console else None

    @property
    def simulator(self) -> Simulator:
        """The DRS simulator: servers and faults are added to it, and its record says what was really done."""
        if not isinstance(self.drs, SimulatedDrs):
            raise TypeError("this system has a DRS that is not simulated")
        return self.drs.simulator

    @property
    def mails(self) -> list[Mail]:
        """What SNS sent by e-mail so far; each is also a file in `mail_folder`."""
        return self._outbox.mails()

    @property
    def mail_folder(self) -> Path:
        """Where the mails are, one text file each."""
        return self._outbox.folder

    @property
    def log_folder(self) -> Path:
        """Where the functions' output is, one file each."""
        return self._folder / "logs"

    def environment(self) -> dict[str, str]:
        """Environment variables with which another process is an operator of the hub account."""
        return {
            **self._accounts.credentials(HUB_ACCOUNT),
            "AWS_REGION": self.hub.region,
            "AWS_DEFAULT_REGION": self.hub.region,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_DRS": self.drs_endpoint,
            **({"API_ENDPOINT": self.api_endpoint} if self.api_endpoint else {}),
            **({"CONSOLE_ENDPOINT": self.console_endpoint} if self.console_endpoint else {}),
        }

    def client(self, service: str, account: str = HUB_ACCOUNT, region: str | None = None) -> Any:
        """A boto3 client of any account and region, over HTTP as from another process; that of the hub unless told."""
        return self._accounts.client(service, account, region or self.hub.region)

    def furnish(self, networks: Mapping[str, Any]) -> None:
        """Make the networks of an example, which servers are recovered into."""
        furnish(networks, self.client)

    def function_name(self, what: str) -> str:
        """The real name of a function, for example of `query-handler`."""
        return self.blueprint.name(what)

    def invoke(self, function: str, payload: Any, qualifier: str = "live") -> Any:
        """Invokes a function by its short name and answers its result; raises FunctionFailedError."""
        answer = self.client("lambda").invoke(
            FunctionName=self.function_name(function), Qualifier=qualifier, Payload=json.dumps(payload).encode()
        )
        document = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise FunctionFailedError(function, document)
        return document

    def refuse(self, service: str, action: str, code: str, times: int = 1) -> None:
        """Lets the next calls of an action of a service other than DRS fail, as ("sns", "Publish", "Throttled")."""
        self._cloud.refusals.plan(service, action, code, times)

    def processes(self, function: str) -> list[int]:
        """The process ids of a function by its short name."""
        return self._functions.processes(self.function_name(function))

    def crash(self, function: str) -> None:
        """Kills the processes of a function by its short name; calls under way fail, the next gets a new process."""
        self._functions.kill(self.function_name(function))

    def lose_region(self) -> None:
        """The hub's region is gone with everything that it had there; DRS, IAM and the target accounts stay."""
        self._schedules.stop()
        self._cloud.lose(self.hub.account, self.hub.region, lambda: self._gateway.move(self.hub.region))
        self._apis.clear()

    def deploy_elsewhere(self, region: str, **parameters: Any) -> None:
        """A second hub in another region, with these parameters too; its role replaces the first one's everywhere."""
        self.hub = Place(HUB_ACCOUNT, region)
        self._gateway.move(region)
        self.blueprint = replace(self.blueprint, parameters={**self.blueprint.parameters, **parameters})
        self.deployment = self._deploy(updates=True)
        self._open_schedules()

    def _start(self) -> None:
        self._packages = self._unpack()
        self._folder = self._cleanup.enter_context(state_folder(self._state_dir))
        self._outbox = Outbox(self._folder / "mails")
        self._cleanup.enter_context(logged_to(self.log_folder / "local-system.log"))
        self._cloud = Cloud(self.clock, self._ports.aws)
        self._cloud.start()
        self._cleanup.callback(lambda: self._cloud.stop(self._functions_cleanup.close))
        self._accounts = Accounts(self.hub.region, self.endpoint, lambda: self.drs_endpoint)
        self._functions_cleanup.callback(self._accounts.close)
        self._functions_ended = self._functions_cleanup.enter_context(ExitStack())
        self.drs: DrsDoor = self._drs_factory(self._surroundings())
        self.drs.start()
        self._cleanup.callback(self.drs.stop)
        self._gateway = self._open_gateway()
        self._apis = Apis()
        self._functions_cleanup.callback(self._gateway.stop)
        pages = self._open_console()
        self.deployment = self._deploy()
        self._open_api()
        if pages is not None:
            self._tell_console(pages)
        self._open_schedules()

    def _unpack(self) -> Packages | None:
        build = self.blueprint.packages
        if build is None:
            return None
        packages = self._cleanup.enter_context(unpacked(build))
        console = packages.console if self.blueprint.console is not None else None
        self.blueprint = replace(self.blueprint, templates=packages.templates, console=console)
        return packages

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            clock=self.clock,
            port=self._ports.drs,
            on_event=self._deliver_drs_event,
            ec2_client=lambda account, region: self.client("ec2", account, region),
        )

    def _open_gateway(self) -> ProcessGateway:
        runtime = RuntimeSettings(
            clock=self.clock.description,
            region=self.hub.region,
            endpoint=self.endpoint,
            drs_endpoint=self.drs_endpoint,
            credentials_of=lambda role, session: session_credentials(role, session, self.hub.region),
            log_folder=self.log_folder,
        )
        if self._packages is not None:
            runtime = replace(runtime, library_root=self._packages.runtime, only_library=True)
        self._functions = Functions(runtime)
        gateway = ProcessGateway(self._functions, self.clock, self._send_message)
        patches = self._cloud.patches
        lambda_invoke.install(patches, gateway)
        event_delivery.install(patches, gateway.accept_by_arn)
        instance_status.install(patches, self.drs.instance_status)
        service_quotas.install(patches, self.drs.quotas)
        subscriptions.install(patches, self._outbox, self.clock, gateway.accept_by_arn)
        subscribing.install(patches)
        return gateway

    def _open_api(self) -> None:
        """Its door closes before the functions end, its threads end after them."""
        gateway = ApiGateway(self._apis, ApiBackend(self._gateway), lambda: self.endpoint)
        self._api = ApiServer(gateway.answer, self._ports.api)
        self._functions_ended.callback(gateway.join)
        self._functions_ended.callback(self._api.join)
        self._cleanup.callback(self._api.stop)

    def _open_console(self) -> ConsolePages | None:
        """Its door opens first: the API is deployed for the console's origin."""
        if self.blueprint.console is None:
            return None
        pages = ConsolePages(self.blueprint.console)
        self._console = ConsoleServer(pages, self._ports.console)
        self._cleanup.callback(self._console.stop)
        return pages

    def _tell_console(self, pages: ConsolePages) -> None:
        config = {
            "region": self.hub.region,
            "apiEndpoint": self.api_endpoint or "",
            "cognitoUserPoolId": self.deployment.value("UserPoolId"),
            "cognitoClientId": self.deployment.value("UserPoolClientId"),
            "cognitoEndpoint": self.endpoint,
            "clock": self.clock.description.to_json(),
        }
        (template,) = self.blueprint.templates.glob(CONSOLE_TEMPLATE)
        pages.tell(config, response_headers(template, self.hub, self._api.url, self.endpoint))

    def _open_schedules(self) -> None:
        self._schedules = Schedules(self.clock, self.hub.account, self.hub.region, self._gateway.accept_by_arn)
        self._schedules.start()
        self._cleanup.callback(self._schedules.stop)

    def _deploy(self, *, updates: bool = False) -> Deployment:
        plan = self.blueprint
        context = StackContext(self._accounts.client_at, self._declare_function, self._apis, updates=updates)
        names = {"ProjectName": plan.project, "Environment": plan.environment}
        accounts = list(dict.fromkeys(target.account for target in plan.targets))
        master = plan.templates / plan.master
        usual = {**names, **HERE, "TargetAccountIds": ",".join(accounts)}
        if self.console_endpoint:
            usual["ConsoleOrigin"] = self.console_endpoint
        deployment = deploy_hub(context, master, self.hub, {**declared(master, usual), **plan.parameters})
        for target in plan.targets:
            first = target.account in accounts
            known = {
                **names,
                "OrchestrationAccountId": HUB_ACCOUNT,
                "OrchestrationRegion": self.hub.region,
                "OrchestrationRoleArn": deployment.value("OrchestrationRoleArn"),
                "ExternalId": target.external_id,
                "DeployRole": str(first).lower(),
                "Purpose": target.purpose,
            }
            deploy_target(context, plan.templates / plan.target_stack, Place(target.account, target.region), known)
            if first:
                accounts.remove(target.account)
        return deployment

    def _declare_function(self, name: str, dead_letter_arn: str | None) -> None:
        plan = self.blueprint
        folder = function_folder(name, plan.project, plan.environment, plan.functions)
        self._gateway.folders[name] = folder if self._packages is None else self._packages.functions[folder.name]
        if dead_letter_arn is not None:
            self._gateway.dead_letters[name] = dead_letter_arn

    def _send_message(self, queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
        *_, region, account, name = queue_arn.split(":")
        client = self._accounts.client("sqs", account, region)
        client.send_message(
            QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"],
            MessageBody=body,
            MessageAttributes={
                key: {"DataType": "String", "StringValue": value or "-"} for key, value in attributes.items()
            },
        )

    def _deliver_drs_event(self, account: str, region: str, event: dict[str, Any]) -> None:
        bus = event_delivery.find_bus(f"arn:aws:events:{region}:{account}:event-bus/default")
        event_delivery.publish(bus, event)
