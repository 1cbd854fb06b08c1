"""What scenarios are made of: plans, troubles of every kind, and people."""
