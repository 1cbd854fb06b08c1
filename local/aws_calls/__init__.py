"""What the product asks of AWS while it runs here, as IAM would be asked about it."""

from typing import Final

FOLDER: Final = "RECORD_AWS_CALLS"
"""The variable that names the folder of the notes; without it nothing is noted."""
