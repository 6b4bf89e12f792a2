"""The driver of PostgreSQL alone, with the cursor that miniorm and Django take.

It writes the values into the SQL itself, so that nothing is prepared on the server: a connection
pool between them may hand each statement to another session.
"""

from tests.benchmarks.orm.contenders import driver
from tests.benchmarks.orm.library import Place


class Contender(driver.Contender):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        if place.vendor == "postgresql":
            import psycopg

            self.connection.cursor_factory = psycopg.ClientCursor
