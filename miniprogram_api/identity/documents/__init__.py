"""The form of names, ID numbers, dates and terms; calls nothing outside."""
