"""Schemathesis against the published contract, over the whole local system; see `make fuzz`."""
