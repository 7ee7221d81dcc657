"""Acts of the information centre, and faces that prove identity disputes."""
