"""May another model take an agent over, and what did earlier comparisons prove?"""
