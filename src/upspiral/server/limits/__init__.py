"""How much may one connection or one request take?"""
