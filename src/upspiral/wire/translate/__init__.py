"""How is one API said in another, for callers whose model's host speaks another than they do? (pure).

Everything is read by the readers of `upspiral.wire`, put into what all three APIs share, and written by their
writers. What the other API has no words for is refused by name; nothing is dropped that changes the answer.
"""
