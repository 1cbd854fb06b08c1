"""Lets an access key tell its account."""

import importlib
from typing import Any

from local.drs_simulator.credentials import account_of_key
from local.moto_patches.patches import Patches


def install(patches: Patches) -> None:
    """moto takes every key that it did not make for the hub's; AWS encodes the account in the keys of sessions.

    So one key, made for an account, opens both doors: this one and that of DRS. Keys without an account are the hub's.
    """
    if not patches.begin(__name__):
        return
    models = importlib.import_module("moto.iam.models")
    hub = models.get_account_id_from("")

    def get_account_id_from(access_key: str) -> str:
        known: Any = real(access_key)
        return account_of_key(access_key) if known == hub else str(known)

    real = patches.replace(models, "get_account_id_from", get_account_id_from)
