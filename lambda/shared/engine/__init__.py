"""The orchestration engine: pure. No boto3, no clock, no environment."""
