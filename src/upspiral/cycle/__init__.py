"""THE NIGHT: analyze, curate, train, evaluate, deploy. `night.py` is the page of prose."""
