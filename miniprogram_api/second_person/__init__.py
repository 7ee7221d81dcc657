"""What a second member of staff must agree to: reviews, approvals, and what follows."""
