"""The cost laboratory: what process creation costs, in exact counts and in time, in the machine and on its host."""
