"""Builds what is deployed: a zip for each function, the state machine, the templates and the bill of materials."""
