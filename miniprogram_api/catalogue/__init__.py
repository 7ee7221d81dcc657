"""What districts add to the service catalogue."""
