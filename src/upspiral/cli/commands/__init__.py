"""One file per group of commands; each offers `COMMANDS`."""
