"""Grading: a lab's tests, held against what was handed in, and what is said of it."""
