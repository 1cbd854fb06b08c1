"""Deploys what `make package` built, and takes it away again: every step is told, and whatever goes wrong ends it."""
