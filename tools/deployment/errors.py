"""What goes wrong when something is deployed."""


class DeploymentError(Exception):
    """A deployment does not go on; the message says what is wrong and, where it is known, what helps."""
