"""Notes what the product's code asks of AWS, once per kind of question, in files that are merged afterwards.

What is noted is short and says the same in every run: who asked in which account, the action, and the resource with `*`
for what AWS or a test has numbered.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any, Final, Self

import botocore

from local.aws_calls import tags
from local.aws_calls.resources import Where, needs
from local.aws_calls.tags import tags_in_ec2
from local.drs_simulator.credentials import HUB_ACCOUNT, account_of_key

TAGS_THAT_COUNT: Final = ("AWSDRS", "AWSElasticDisasterRecoveryManaged", "Environment", "Project")
"""The tags of a resource by which the roles' conditions decide."""

_PRODUCTS: Final = "product"
"""The name of what no function is known to have called."""

_ROOT: Final = Path(__file__).resolve().parents[2]
_PRODUCT: Final = f"{_ROOT}{os.sep}lambda{os.sep}"
_SDK: Final = re.compile(r"[\\/](botocore|boto3|s3transfer)[\\/]")
_MOTO: Final = re.compile(r"[\\/]moto[\\/]")
_STATE_MACHINE: Final = re.compile(r"[\\/]moto[\\/]stepfunctions[\\/]parser[\\/]")
_NUMBERED: Final = re.compile(
    r"(?<=source-server/).+|(?<=recovery-instance/).+|(?<=:job/).+|(?<=launch-template/).+|(?<=:instance/).+"
    r"|(?<=distribution/).+|(?<=:execution:)(?P<machine>[^:]+):.+|(?<=:stack/)(?P<stack>[^/]+?)-[0-9A-Z]{12,}/.+"
    r"|(?<=arn:aws:s3:::)(?P<bucket>[^/]+)/.+"
)

TagsOf = Callable[[str, str, str], Mapping[str, str] | None]
"""The tags of a resource by its account, region and ARN; None where they cannot be seen."""


class Recorder:
    """Listens to every client of the AWS SDK that is made from now on in this process."""

    def __init__(self, folder: Path, tags_of: TagsOf, asker: str = "", product: str = _PRODUCT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"{os.getpid()}.jsonl"
        self._tags_of = tags_of
        self._name = asker or _PRODUCTS
        self._product = product
        # the folders of functions have a hyphen in their names, and shared/ has none
        self._function = re.compile(re.escape(product) + r"[\\/]?([a-z]+(?:-[a-z]+)+)[\\/]")
        self._handed_on = threading.local()
        self._kept = f"local-aws-calls-{id(self)}"
        self._noted: set[str] = set()
        self._lock = threading.Lock()

    @classmethod
    def of_a_function(cls, folder: Path, name: str) -> Self:
        """One for the process of a function, where all code but the SDK's and this is the product's."""
        return cls(folder, tags_in_ec2, name, product="")

    def install(self) -> None:
        """Tell every session of the SDK, when it is made, to tell this."""
        botocore.register_initializer(self.listen)
        if self._name == _PRODUCTS:
            self.follow_threads()

    def follow_threads(self) -> None:
        """Let what a function gives to a pool of threads be done in its name, from now on and in every pool."""
        submit = ThreadPoolExecutor.submit

        def in_its_name(
            pool: ThreadPoolExecutor, task: Callable[..., Any], /, *given: Any, **named: Any
        ) -> Future[Any]:
            return submit(pool, self._done_for, self._of_the_stack(sys._getframe(1)), task, given, named)

        ThreadPoolExecutor.submit = in_its_name  # type: ignore[assignment,method-assign]

    def listen(self, session: Any) -> None:
        """Be told of every call of the clients that this session of botocore makes from now on."""
        session.register("before-parameter-build", self._keep)
        session.get_component("event_emitter").register_first("before-call", self._note)
        session.register("after-call", self._note_answered)

    def _keep(self, params: Any, context: Any, **_more: Any) -> None:
        context[self._kept] = params

    def _note(self, model: Any, context: Any, request_signer: Any, **_more: Any) -> None:
        if (parameters := context.pop(self._kept, None)) is None or not (asker := self._asker()):
            return
        key = getattr(request_signer._credentials, "access_key", "") or ""
        where = Where(account_of_key(key), request_signer.region_name)
        service = str(model.service_model.service_name)
        for action, resource in needs(service, model.name, parameters, where):
            self._write(_line(asker, where, action, resource, self._tags_of(where.account, where.region, resource)))

    def _note_answered(self, model: Any, context: Any, **_more: Any) -> None:
        """A call that a stub has answered before anybody else was told of it."""
        frame: FrameType | None = sys._getframe()
        while frame is not None and frame.f_code.co_name != "_make_api_call":
            frame = frame.f_back
        if frame is not None and self._kept in context:
            self._note(model, context, frame.f_locals["self"]._request_signer)

    def _asker(self) -> str:
        """Who calls, by the nearest caller outside the SDK: the product's code, the state machine, or nobody."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and (_SDK.search(frame.f_code.co_filename) or frame.f_code.co_filename == __file__):
            frame = frame.f_back
        if frame is None:
            return ""
        if _STATE_MACHINE.search(frame.f_code.co_filename):
            return "state-machine"
        if frame.f_code.co_filename == tags.__file__:
            return ""
        if not frame.f_code.co_filename.startswith(self._product):
            return ""
        return self._of_the_stack(frame) if self._name == _PRODUCTS else self._name

    def _of_the_stack(self, frame: FrameType | None) -> str:
        """The function whose package is nearest on the stack, or that gave this thread its task; none for shared code.

        What lies beyond moto called it, and not us.
        """
        while frame is not None and not _MOTO.search(frame.f_code.co_filename):
            if found := self._function.match(frame.f_code.co_filename):
                return found.group(1)
            frame = frame.f_back
        return getattr(self._handed_on, "name", self._name)

    def _done_for(self, name: str, task: Callable[..., Any], given: Any, named: Any) -> Any:
        self._handed_on.name = name
        try:
            return task(*given, **named)
        finally:
            del self._handed_on.name

    def _write(self, line: str) -> None:
        with self._lock:
            if line not in self._noted:
                self._noted.add(line)
                with self._file.open("a", encoding="utf-8") as notes:
                    notes.write(line + "\n")


def _line(asker: str, where: Where, action: str, resource: str, tagged: Mapping[str, str] | None) -> str:
    told = {
        "by": asker,
        "account": where.account,
        "action": action,
        "resource": generalised(resource, where),
        "tags": None if tagged is None else {name: tagged[name] for name in TAGS_THAT_COUNT if name in tagged},
    }
    return json.dumps(told, sort_keys=True)


def generalised(resource: str, where: Where) -> str:
    """The ARN with `*` for what is numbered, and `{account}` and `{region}` for where the call went."""

    def shortened(found: re.Match[str]) -> str:
        kept = next((one for one in found.groups() if one), None)
        separator = {"machine": ":", "stack": "-*/", "bucket": "/"}.get(found.lastgroup or "", "")
        return f"{kept}{separator}*" if kept else "*"

    short = _NUMBERED.sub(shortened, resource)
    if where.account == HUB_ACCOUNT and ":iam::" in short and ":role/" in short:
        return re.sub(r"(?<=:iam::)\d{12}", "{target}", short)
    return short.replace(f":{where.account}:", ":{account}:").replace(f":{where.region}:", ":{region}:")
