"""Python environments: shared ones in the cache, built once, and a small one for each attempt.

A shared environment holds what was installed for a list of resolved requirements; it is read-only
and never changes. The attempt's own finds its packages there and takes in whatever the task adds.
"""
