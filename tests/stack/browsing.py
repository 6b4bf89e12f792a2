"""A client with a memory for cookies, as simple as can be: what a form in a browser does."""

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(?P<token>\w+)"')


class Client:
    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> tuple[int, str]:
        return self._open(urllib.request.Request(self.url + path))

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        data = urllib.parse.urlencode(fields).encode()
        return self._open(urllib.request.Request(self.url + path, data))

    def vote(self, detail: str, choice: int) -> tuple[int, str]:
        """Open the form, choose, send it with its token; the page after the redirect."""
        _, page = self.get(detail)
        found = TOKEN.search(page)
        assert found is not None, page
        values = re.findall(r'name="choice" id="\w+" value="(\d+)"', page)
        fields = {"choice": values[choice], "csrfmiddlewaretoken": found["token"]}
        return self.post(detail + "vote/", fields)

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
