"""Exercises: the functions of the layers, blank, for a learner to write anew.

    catalogue   which exercises there are
    blanking    a function's body taken out of a source text, or put back
    workspace   the learner's copy of the layers
    judging     the layers' own tests, run on that copy and nothing else
    plugin      what goes into that run of pytest and reports from inside
    models      progress, in the site's database
    store       progress, written where it can be written
    commands    start, check, watch, hint, reset, solution, progress, next

The tool itself runs on the real layers, so that a learner's mistake never breaks it.
"""
