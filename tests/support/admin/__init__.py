"""Members of staff at the admin pages, over HTTP and in a browser."""
