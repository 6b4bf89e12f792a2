"""The reader: the site that shows the chapters and the source that they quote."""
