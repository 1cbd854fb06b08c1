"""The control path: how another process reads the simulator's record and tells it what shall go wrong.

GET    /_simulator/record?since=N       entries from sequence N on, and the next N
GET    /_simulator/state                servers, jobs and instances of all accounts and regions
POST   /_simulator/faults               put a fault plan in force
DELETE /_simulator/faults               take all faults out of force
POST   /_simulator/servers              protect the servers of an estate document
POST   /_simulator/replication          change how a server replicates
POST   /_simulator/encryption           change how an account and region encrypts, and with whom it shares the key
POST   /_simulator/foreign-jobs         start a job as somebody else would
POST   /_simulator/regions              what a region says to an account: initialised, or which obstacle
POST   /_simulator/quotas               the quotas of an account in a region
POST   /_simulator/advance              let what is due happen, and answer the time
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from pydantic import Field, ValidationError

from local.drs_simulator.clock import stamp
from local.drs_simulator.errors import DrsError
from local.drs_simulator.estate import (
    AccountId,
    Document,
    DocumentError,
    EncryptionSpec,
    QuotasSpec,
    RegionName,
    RegionState,
    ReplicationSpec,
    explain,
)
from local.drs_simulator.messages import HttpRequest, HttpResponse
from local.drs_simulator.simulator import Simulator

PREFIX: Final = "/_simulator/"
D = TypeVar("D", bound=Document)
Answer = dict[str, Any]


class _Replication(Document):
    account: AccountId
    region: RegionName
    source_server_id: str = Field(alias="sourceServerID")
    replication: ReplicationSpec


class _Encryption(Document):
    account: AccountId
    region: RegionName
    encryption: EncryptionSpec


class _ForeignJob(Document):
    account: AccountId
    region: RegionName
    source_server_ids: tuple[str, ...] = Field(alias="sourceServerIDs", min_length=1)
    is_drill: bool = False
    tags: dict[str, str] = Field(default_factory=dict)


class _Region(Document):
    account: AccountId
    region: RegionName
    state: RegionState = "initialized"


class _Quotas(Document):
    account: AccountId
    region: RegionName
    quotas: QuotasSpec


class Control:
    """Answers requests of the control path; it has no credentials and belongs on loopback only."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._routes: Mapping[tuple[str, str], Callable[[HttpRequest], Answer]] = {
            ("GET", "record"): self._record,
            ("GET", "state"): lambda _: simulator.snapshot(),
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "servers"): lambda request: {"sourceServerIDs": simulator.load_estate(_json(request))},
            ("POST", "replication"): self._set_replication,
            ("POST", "encryption"): self._set_encryption,
            ("POST", "foreign-jobs"): self._start_foreign_job,
            ("POST", "regions"): self._set_region,
            ("POST", "quotas"): self._set_quotas,
            ("POST", "advance"): lambda _: {"now": stamp(simulator.advance())},
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request: 200, or 400 or 404 with a message that says what is wrong."""
        name = request.target.partition("?")[0].removeprefix(PREFIX)
        route = self._routes.get((request.method, name))
        if route is None:
            return _answer(404, {"message": f"The control path has no {request.method} {PREFIX}{name}"})
        try:
            return _answer(200, route(request))
        except (DocumentError, DrsError) as error:
            return _answer(400, {"message": str(error)})

    def _record(self, request: HttpRequest) -> Answer:
        values = parse_qs(request.target.partition("?")[2]).get("since", ["0"])
        if not values[0].isdecimal():
            raise DocumentError("since is not a sequence number")
        since = int(values[0])
        entries = list(self._simulator.record.as_json(since))
        return {"entries": entries, "next": since + len(entries)}

    def _add_faults(self, request: HttpRequest) -> Answer:
        unknown = self._simulator.add_faults(_json(request))
        return {"unknownServers": list(unknown)} if unknown else {}

    def _clear_faults(self, _request: HttpRequest) -> Answer:
        self._simulator.clear_faults()
        return {}

    def _set_replication(self, request: HttpRequest) -> Answer:
        asked = _read(_Replication, request)
        self._simulator.set_replication(asked.account, asked.region, asked.source_server_id, asked.replication)
        return {}

    def _set_encryption(self, request: HttpRequest) -> Answer:
        asked = _read(_Encryption, request)
        self._simulator.set_encryption(asked.account, asked.region, asked.encryption)
        return {}

    def _start_foreign_job(self, request: HttpRequest) -> Answer:
        asked = _read(_ForeignJob, request)
        job_id = self._simulator.start_foreign_job(
            asked.account, asked.region, asked.source_server_ids, is_drill=asked.is_drill, tags=asked.tags
        )
        return {"jobID": job_id}

    def _set_region(self, request: HttpRequest) -> Answer:
        asked = _read(_Region, request)
        self._simulator.set_region(asked.account, asked.region, asked.state)
        return {}

    def _set_quotas(self, request: HttpRequest) -> Answer:
        asked = _read(_Quotas, request)
        self._simulator.set_quotas(asked.account, asked.region, asked.quotas)
        return {}


def _answer(status: int, body: Answer) -> HttpResponse:
    return HttpResponse(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


def _json(request: HttpRequest) -> Any:
    if "json" not in request.header("Content-Type"):
        raise DocumentError("the request needs Content-Type: application/json")
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise DocumentError("the request body is not JSON") from error


def _read(kind: type[D], request: HttpRequest) -> D:
    try:
        return kind.model_validate(_json(request))
    except ValidationError as error:
        raise DocumentError(explain("the request", error)) from error
