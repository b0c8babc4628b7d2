"""Quality control of people's answers: what is checked, by which statistics, and what follows."""
