"""What the tests are made of: the server's process, receivers that do what they are told, and clients."""
