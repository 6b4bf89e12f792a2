"""The site as a WSGI application: `python -m wsgi lessons.wsgi:application`, or any other server."""

import os

from miniframework.wsgi import get_wsgi_application

os.environ.setdefault("MINIFRAMEWORK_SETTINGS_MODULE", "lessons.settings")

application = get_wsgi_application()
