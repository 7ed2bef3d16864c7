"""What Astro answers, what is sent to it, and what users write."""
