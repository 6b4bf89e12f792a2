"""The book that runs: chapters, the site that shows them, and what makes the trip visible.

Everything here stands on the five layers; none of them knows of it. The site is a
glasstack application like any other, so it is an example as well.

    python -m lessons            serve the site
    python -m lessons trace /polls/    follow one request through all ten steps
"""
