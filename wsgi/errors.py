"""What can be wrong with an application, seen from the gateway."""


class GatewayError(Exception):
    """The application broke PEP 3333; the message says how. The client gets a 500."""


class LoadError(Exception):
    """The application cannot be had; the message is a sentence for whoever started the server."""
