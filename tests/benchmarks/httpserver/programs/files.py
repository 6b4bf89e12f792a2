"""A folder served by WhiteNoise, as one does under Gunicorn without an Nginx."""

import os

from hello import app as fallback
from whitenoise import WhiteNoise

app = WhiteNoise(fallback, root=os.environ["BENCHMARK_FOLDER"])
