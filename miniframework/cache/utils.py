"""The key under which `{% cache %}` keeps a fragment, for who wants to throw it away.

Django: https://docs.djangoproject.com/en/5.2/topics/cache/#template-fragment-caching
"""

from collections.abc import Iterable
from hashlib import md5


def make_template_fragment_key(fragment_name: str, vary_on: Iterable[object] | None = None) -> str:
    digest = md5(usedforsecurity=False)
    for value in vary_on or ():
        digest.update(f"{value}:".encode())
    return f"template.cache.{fragment_name}.{digest.hexdigest()}"
