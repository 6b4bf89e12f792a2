"""`XFrameOptionsMiddleware`: no other site may show our pages inside its own.

Step 10 of the trip. A page in an invisible frame, under a harmless-looking button, gets
clicks that were meant for something else: "clickjacking".

RFC 7034.  Django: https://docs.djangoproject.com/en/5.2/ref/clickjacking/
"""

from miniframework.conf import settings
from miniframework.http import HttpRequest, HttpResponseBase
from miniframework.utils.deprecation import MiddlewareMixin


class XFrameOptionsMiddleware(MiddlewareMixin):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """X-Frame-Options, unless the view has set it or is @xframe_options_exempt."""
        if not getattr(response, "xframe_options_exempt", False):
            value = self.get_xframe_options_value(request, response)
            response.headers.setdefault("X-Frame-Options", value)
        return response

    def get_xframe_options_value(self, request: HttpRequest, response: HttpResponseBase) -> str:
        return str(settings.X_FRAME_OPTIONS).upper()
