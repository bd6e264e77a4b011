"""What was learned from what happened: weaknesses, trust, patterns and rules, and who is chosen by them."""
