"""The sheet for the registration file: pictures of decisions, template, PDF and check codes."""
