"""The X-ray: what happened to a request, in all five layers, as one record.

It listens to the observer hooks that every layer has, and imports nothing but the
layers, so any project may use it.
"""
