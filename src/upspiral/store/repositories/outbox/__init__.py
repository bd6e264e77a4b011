"""What is to be sent to other programs."""
