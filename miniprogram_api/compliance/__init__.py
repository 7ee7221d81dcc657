"""What a yearly audit of compliance asks for, read from the records."""
