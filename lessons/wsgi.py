"""The site as a WSGI application, for any server: `python -m wsgi lessons.wsgi:application`."""

import os

from miniframework.wsgi import get_wsgi_application

os.environ.setdefault("MINIFRAMEWORK_SETTINGS_MODULE", "lessons.settings")

application = get_wsgi_application()
