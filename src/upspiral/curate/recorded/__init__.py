"""Which recorded conversations may a judge compare answers to, where nobody said how they went?"""
