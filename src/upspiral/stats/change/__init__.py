"""Has a rate changed, and when? Outcome by outcome (cusum), or over days that are past (permutation)."""
