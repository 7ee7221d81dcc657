"""What districts add to the service catalogue. May import staff and lower packages."""
