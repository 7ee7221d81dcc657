"""Why this person is stuck: what his own record says, asked of the very rules that refuse."""
