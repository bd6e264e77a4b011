"""How do operators watch the server? Its log of requests, and its metrics."""
