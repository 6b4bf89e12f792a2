"""Values that are worked out when they are first needed.

Django: https://docs.djangoproject.com/en/5.2/ref/utils/#module-django.utils.functional
"""

from functools import cached_property

__all__ = ["cached_property"]
