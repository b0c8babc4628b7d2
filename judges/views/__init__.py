"""Pages of judges and their runs."""
