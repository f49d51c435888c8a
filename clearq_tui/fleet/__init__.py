"""Reaching machines: transports, the agent's bootstrap, and the link to each agent."""
