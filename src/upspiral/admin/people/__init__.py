"""Who is signed in to the console, and what did they change?"""
