"""Template engines behind one interface. Ours speaks Django's template language."""
