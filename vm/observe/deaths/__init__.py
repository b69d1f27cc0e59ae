"""What a run cannot tell by its exit status: how its processes died, which calls the machine refused, who was left."""
