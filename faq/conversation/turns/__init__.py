"""Reading one message in its conversation and choosing the response."""
