"""Runs model files: llama.cpp's server in a child process, which ends with the program."""
