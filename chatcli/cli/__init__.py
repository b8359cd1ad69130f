"""The command line: arguments in, exit code out. The only place where an error ends the program."""
