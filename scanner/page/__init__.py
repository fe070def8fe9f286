"""The counter's page: served to the browser of this machine alone, and working without any other."""
