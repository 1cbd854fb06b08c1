"""What goes wrong when packages are built."""


class PackagingError(Exception):
    """A package cannot be built; the message says which part and why."""
