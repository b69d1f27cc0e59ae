"""What a teacher starts from: a lab's skeleton, and what other people's services need to grade with it."""
