"""Lets the Step Functions interpreter share its clients between states and threads."""

import importlib
import threading
from types import SimpleNamespace
from typing import Any

import boto3

from local.moto_patches.patches import Patches


def install(patches: Patches) -> None:
    """moto makes a client for every task, which takes long and is not safe from several threads; AWS just calls.

    One client per service and region serves all runs.
    """
    if not patches.begin(__name__):
        return
    module = importlib.import_module("moto.stepfunctions.parser.asl.utils.boto_client")
    session = boto3.session.Session()
    clients: dict[tuple[str, str], Any] = {}
    lock = threading.Lock()

    def client(*, service_name: str, region_name: str, **options: Any) -> Any:
        with lock:
            key = (service_name, region_name)
            if key not in clients:
                clients[key] = session.client(  # type: ignore[call-overload]
                    service_name=service_name, region_name=region_name, **options
                )
            return clients[key]

    patches.replace(module, "boto3", SimpleNamespace(client=client))
