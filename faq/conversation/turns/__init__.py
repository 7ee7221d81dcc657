"""Reading one message in its conversation and choosing the response.

May import what conversation may, and its modules except answering and trial.
"""
