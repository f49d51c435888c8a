"""Ways to a byte stream with a machine: asyncssh, the OpenSSH client, this machine itself."""
