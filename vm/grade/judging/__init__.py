"""What came of a run held against what a test expects of it, and what is wrong explained."""
