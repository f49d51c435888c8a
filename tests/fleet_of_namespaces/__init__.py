"""Real machines in miniature: each has its own processes, network, disk, accounts and sshd.

A machine is a set of Linux namespaces over a copy-on-write view of this system. It is joined to
this system (the laptop) by one virtual cable and reaches nothing else. All of it belongs to the
test process: it disappears with it, even by SIGKILL.
"""
