"""What an operator can do, one function each, one transaction each."""
