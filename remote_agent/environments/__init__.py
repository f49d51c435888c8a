"""The modes in which a task's environment is set up: the same steps, one file per mode.

Imports none of them: whatever a mode is made of may import the interface, in any order.
"""
