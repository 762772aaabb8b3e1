"""The search of hyper-parameters: trials steered by validation alone, and the experiment they end in."""
