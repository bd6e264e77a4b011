"""How did it go where nobody rated? Signals that people give without meaning to.

Verbs: `judge_followed` and `measure_coverage`.
"""
