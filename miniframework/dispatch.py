"""Signals, under Django's address; they are the ORM's, since models send the most of them.

Django: https://docs.djangoproject.com/en/5.2/topics/signals/
"""

from miniorm.signals import Signal, receiver

__all__ = ["Signal", "receiver"]
