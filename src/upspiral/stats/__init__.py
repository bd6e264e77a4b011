"""Plain mathematics on plain numbers: every decision's error rate comes from here.

Everything counts one score per conversation, the unit of assignment, never one per turn.
"""
