"""Where templates come from: a loader for each kind of place.

In Django: django.template.loaders.
"""
