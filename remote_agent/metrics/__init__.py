"""What a machine's CPU, memory, network, disks and GPUs are doing."""
