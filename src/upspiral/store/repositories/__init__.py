"""One class per noun: the questions that are asked of it."""
