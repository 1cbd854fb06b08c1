"""Build-time programs: nothing here runs in AWS."""
