"""Pictures of what the lower floors found: pages for a browser, drawings, pictures of letters."""
