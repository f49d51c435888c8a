"""Tasks in containers, by real engines that the tests start for themselves."""
