"""A campaign played through the real services by people of stated skill, some of whom do not care."""
