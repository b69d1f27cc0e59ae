"""What people and machines read of verdicts, a file a format."""
