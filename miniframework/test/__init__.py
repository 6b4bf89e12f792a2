"""Tests without a server: a client that calls the application in process.

Django: https://docs.djangoproject.com/en/5.2/topics/testing/tools/
"""

from miniframework.test.client import Client
from miniframework.test.requests import RequestFactory
from miniframework.test.settings import override_settings

__all__ = ["Client", "RequestFactory", "override_settings"]
