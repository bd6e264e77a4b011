"""What pages in a browser get and may send: the feedback component, and its feedback."""
