"""The HTTP door: thin; it reads what comes, asks the app, and writes what goes."""
