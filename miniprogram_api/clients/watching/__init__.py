"""What every answer of a vendor leaves behind: counts, times, log lines, last successes."""
