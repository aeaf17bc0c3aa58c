"""The command line: one file per family of commands, heavy modules imported only by those that need them."""
