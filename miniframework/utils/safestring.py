"""Text that is HTML already: the template engine's `SafeString`, under Django's address.

Django: https://docs.djangoproject.com/en/5.2/ref/utils/#module-django.utils.safestring
"""

from templating.safe import SafeString, mark_safe

__all__ = ["SafeString", "mark_safe"]
