"""Tools for models and agents, by the Model Context Protocol: each is one of our own REST routes."""
