"""Two systems on the same items: tests, intervals, effect sizes, corrections and the sizes to plan for."""
