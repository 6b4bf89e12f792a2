"""The middleware that comes with the framework: layers of the onion, each with one duty.

Steps 3 and 10 of the trip. Django's order, outermost first: security, common, csrf,
clickjacking.

Django: https://docs.djangoproject.com/en/5.2/ref/middleware/
"""
