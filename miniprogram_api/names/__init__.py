"""Check names of enterprises before they are applied for: advice, never a permit."""
