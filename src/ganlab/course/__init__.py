"""Course: exercises handed out as notebooks, collected, graded in a sandbox, and told."""
