"""Doors: whatever comes in is parsed, handed to one function below, and rendered."""
