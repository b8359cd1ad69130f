"""The command line: words in, exit code out. The only place where an error ends the program."""
