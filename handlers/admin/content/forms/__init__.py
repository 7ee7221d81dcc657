"""Forms of the content pages: from the draft to form fields, and back."""
