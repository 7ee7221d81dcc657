"""Send SMS: the gateway's Protocol and outcomes, one client a vendor, and their error codes."""
