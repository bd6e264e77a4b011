"""Which evidence does a night have, what can it do with it, and when will there be enough?"""
