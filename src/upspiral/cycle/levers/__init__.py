"""What can make an agent better? One module per lever; each changes one thing about a version."""
