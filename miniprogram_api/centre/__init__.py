"""Acts of the information centre, approvals and identity disputes."""
