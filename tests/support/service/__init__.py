"""The processes and stores that tests start, and the rules bound to them."""
