"""Whether the data, or how groups fare in them, have moved."""
