"""The rights of functions and state machine: read where they are written, and shared out among them."""
