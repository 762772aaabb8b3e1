"""Rankings judged: metrics and latency."""
