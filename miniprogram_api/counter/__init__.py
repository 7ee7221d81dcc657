"""What the counter does besides verifying: searching, another card or phone, receipts."""
