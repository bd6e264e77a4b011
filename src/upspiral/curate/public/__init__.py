"""What may people teach for whom nobody vouches? Pure."""
