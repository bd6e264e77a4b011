"""What an operator does to an installation: its agents, and whose time it follows."""
