"""What is wrong with the program, its database and what is around them, and what to do."""
