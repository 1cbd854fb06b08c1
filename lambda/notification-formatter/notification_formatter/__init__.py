"""Mails about executions: plain text that a person can act on without console or API."""
