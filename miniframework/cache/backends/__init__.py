"""Where cached values are kept: in this process, or nowhere."""
