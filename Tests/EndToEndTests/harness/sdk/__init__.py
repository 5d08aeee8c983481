"""The official Svix SDK, operation by operation."""
