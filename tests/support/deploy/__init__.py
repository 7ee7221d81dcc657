"""Parts of an installation, for tests of the kit."""
