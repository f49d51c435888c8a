"""clearq: task queues for machines that can be reached only by SSH. All that runs on the laptop."""
