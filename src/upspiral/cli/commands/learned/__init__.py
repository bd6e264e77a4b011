"""What was learned without training, shown and made by hand: one file per group of commands."""
