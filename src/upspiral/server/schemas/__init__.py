"""What crosses the wire: the bodies that the REST routes read."""
