"""The databases that miniorm speaks to: one module each, behind one interface.

`base`, `operations` and `cursor` hold what every database has in common, and so what the
rest of miniorm may rely on; `sqlite3` and `postgresql` are named in settings as ENGINE and
imported only then.
"""
