"""Setting up the GitHub App from a page, before there is one."""
