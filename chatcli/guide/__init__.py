"""The offline model that answers from the help, behind the same protocol as any other model."""
