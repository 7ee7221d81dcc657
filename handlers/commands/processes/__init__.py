"""Start and supervise the processes of a service. May import what the commands share."""
