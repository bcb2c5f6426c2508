"""What a job may take."""

# Unless it says otherwise, and what it may say at most.
USUAL_SECONDS = 60 * 60
LONGEST_SECONDS = 24 * 60 * 60
