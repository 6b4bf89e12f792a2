"""The round trip in miniature: every step is there, none of them is safe."""

import re
import sqlite3

QUESTIONS = sqlite3.connect(":memory:")
QUESTIONS.execute("CREATE TABLE question (id INTEGER PRIMARY KEY, text)")
QUESTIONS.execute("INSERT INTO question (text) VALUES ('Tabs or spaces?')")


def server(data: bytes) -> bytes:  # step 1, and the end of step 10
    method, target, _ = data.decode().split("\r\n")[0].split(" ")
    status, page = gateway(method, target)
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(page)}\r\n\r\n{page}".encode()


def gateway(method: str, target: str) -> tuple[str, str]:  # step 2
    environ = {"REQUEST_METHOD": method, "PATH_INFO": target}
    return middleware(environ)


def middleware(environ: dict[str, str]) -> tuple[str, str]:  # steps 3 and 10, and step 9
    print("in: ", environ["PATH_INFO"])
    try:
        status, page = resolve(environ)
    except LookupError as error:
        status, page = "404 Not Found", str(error)
    print("out:", status)
    return status, page


def resolve(environ: dict[str, str]) -> tuple[str, str]:  # step 4
    for pattern, view in URLS:
        found = re.fullmatch(pattern, environ["PATH_INFO"])
        if found:
            return view(*found.groups())
    raise LookupError("no such page")


def detail(number: str) -> tuple[str, str]:  # step 5
    return "200 OK", render("<h1>{text}</h1>", question(number))


def question(number: str) -> dict[str, str]:  # step 6
    row = QUESTIONS.execute("SELECT text FROM question WHERE id = ?", [number]).fetchone()
    if row is None:
        raise LookupError("no such question")
    return {"text": row[0]}


def render(template: str, context: dict[str, str]) -> str:  # step 7
    return template.format(**context)


URLS = [(r"/polls/(\d+)/", detail)]

for path in ("/polls/1/", "/polls/2/"):
    print(server(f"GET {path} HTTP/1.1\r\n\r\n".encode()).decode(), end="\n\n")
