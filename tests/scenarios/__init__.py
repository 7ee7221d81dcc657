"""What people really live through, end to end over HTTP."""
