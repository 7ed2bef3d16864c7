"""What the API returns and takes; one module for each resource."""
