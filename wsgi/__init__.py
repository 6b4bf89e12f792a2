"""The WSGI gateway: from a parsed request to a Python application and back.

Step 2 of the trip, and the application's half of step 10. `httpserver` has read a
request off the wire; an application is any callable that keeps to PEP 3333. The
`Gateway` stands between them: it describes the request as an `environ`, calls the
application, and makes a response of what comes back.

    python -m wsgi module:application --bind 127.0.0.1:8000

In real life: Gunicorn, uWSGI, mod_wsgi.
"""

from wsgi.gateway import Gateway

__all__ = ["Gateway"]
