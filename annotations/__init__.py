"""Label Studio: the labelling config, the tasks, their way there and back, and what is made of them."""
