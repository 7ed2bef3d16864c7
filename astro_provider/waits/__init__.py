"""What a wait is for, when it ends and what it says: pure, for anything that has a status."""
