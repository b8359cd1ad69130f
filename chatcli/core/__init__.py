"""Values and algorithms that touch nothing outside: no file, no clock, no network, no terminal."""
