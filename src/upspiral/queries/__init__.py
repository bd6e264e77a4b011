"""What can be read of a workspace? The questions that handlers and commands ask, over everything stored.

Each question is a function of the runtime and the workspace; it gives nouns, or a Struct that holds several.
"""
