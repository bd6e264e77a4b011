"""The command line: thin; every command asks a server, its own or one that runs."""
