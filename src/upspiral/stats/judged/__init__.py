"""What do a model's verdicts tell of what people would say? Corrected by the few items that people labeled.

Throughout, ``f`` is a judge's verdict on a pair and ``y`` what people say of it: 1 where the candidate's
answer is the better one, -1 where the incumbent's is, 0 for a tie, and values between for mixed opinions.
"""
