"""The book behind the reader: its chapters, their text, the sources they point into."""
