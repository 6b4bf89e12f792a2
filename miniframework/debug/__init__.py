"""The pages that a developer sees when something is wrong, and nobody else.

Step 9 of the trip. With DEBUG on, an exception becomes a page with its traceback, the
source around each line and the variables there, and a 404 becomes the list of patterns
that were tried. They show the inside of the project, so what looks like a secret is
covered, and without DEBUG none of this is ever made. They are written without the template
engine, which may be what failed.

In Django: django.views.debug.
"""

from miniframework.debug.not_found import technical_404_response
from miniframework.debug.server_error import technical_500_response

__all__ = ["technical_404_response", "technical_500_response"]
