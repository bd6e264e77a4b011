"""How does a night outlive a kill? Each step is written down, and done once."""
