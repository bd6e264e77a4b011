"""What is told of each request? Its line in the log, its metrics, its span."""
